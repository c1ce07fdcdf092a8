import type { OutcomeResult } from '../../server/clinic-contract.ts';
import classes from './result-card.module.css';
import { RESULT_NAMES } from './verdict.ts';

/** A result by shape, colour and word: never by colour alone. */
export const ResultChip = ({ result, name }: { readonly result: OutcomeResult; readonly name?: string }) => (
  <span className={classes.chip} data-result={result}>
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {result === 'positive' && <path d="M6 0.8L11.600 11H.4z" />}
      {result === 'negative' && <circle cx="6" cy="6" r="4.600" fill="none" />}
      {result === 'ungradable' && <path d="M1.500 6h9" />}
    </svg>
    {name ?? RESULT_NAMES[result]}
  </span>
);
