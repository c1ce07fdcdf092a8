import type { ReactNode } from 'react';
import type { Failure } from './api.ts';
import classes from './failure-card.module.css';
import { AlertIcon } from './icons.tsx';

interface Props {
  readonly failure: Failure;
  /** What it was about, where that is not to be seen beside it. */
  readonly subject?: string;
  /** Ways out, as buttons. */
  readonly children?: ReactNode;
}

/** Text in which `backticks` mean code. */
function Prose({ text }: { readonly text: string }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence keep their order
  return text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
}

/** What went wrong, what was expected, what came instead, and what to do. */
export function FailureCard({ failure, subject, children }: Props) {
  const { code, message, expected, received, hint } = failure;
  return (
    <div className={classes.card} role="alert">
      <AlertIcon className={classes.icon} />
      <div className={classes.text}>
        {subject && <p className={classes.subject}>{subject}</p>}
        <p className={classes.message}>{message}</p>
        {(expected || received) && (
          <dl className={classes.facts}>
            {expected && (
              <>
                <dt>Expected</dt>
                <dd>{expected}</dd>
              </>
            )}
            {received && (
              <>
                <dt>Received</dt>
                <dd>{received}</dd>
              </>
            )}
          </dl>
        )}
        {hint && (
          <p className={classes.hint}>
            <Prose text={hint} />
          </p>
        )}
        <div className={classes.foot}>
          {children}
          <code className={classes.code}>{code}</code>
        </div>
      </div>
    </div>
  );
}
