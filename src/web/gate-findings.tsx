import type { Reading } from '../server/contract.ts';
import classes from './gate-findings.module.css';
import { AlertIcon } from './icons.tsx';

type Gate = Reading['gate'];

const MODALITIES: Readonly<Record<Gate['modality']['modality'], string>> = {
  fundus: 'Colour fundus',
  'red-free': 'Red-free fundus',
  oct: 'OCT B-scan',
  angiogram: 'Angiogram',
  other: 'Not a retina',
};
const EYES = { OD: 'Right eye', OS: 'Left eye' } as const;
const CENTRINGS = { macula: 'Macula-centred', disc: 'Disc-centred', other: 'Off centre' } as const;
const QUALITIES = {
  good: 'Good quality',
  'barely gradable': 'Barely gradable',
  'not gradable': 'Not gradable',
} as const;
/** How far a finding stands in the way of the reading. */
const WEIGHTS = { good: 'fine', 'barely gradable': 'doubt', 'not gradable': 'alarm' } as const;

interface Props {
  readonly gate: Gate;
  /** Of its region: where several pictures stand on a page, each needs its own. */
  readonly label?: string;
}

/** What a photographer would say of the picture, before what the model says of the eye. */
export function GateFindings({ gate, label = 'What the gate found' }: Props) {
  const { modality, laterality, centring, quality, effect, warnings, overridden } = gate;
  const { eye, source, conflicts } = laterality;
  const isFlawed = quality !== null && (quality.verdict !== 'good' || quality.reasons.length > 0);
  return (
    <section className={classes.gate} aria-label={label}>
      <ul className={classes.chips}>
        <li data-weight={modality.modality === 'other' ? 'alarm' : undefined}>
          {MODALITIES[modality.modality]}
        </li>
        {eye && (
          <li
            data-weight={conflicts.length > 0 ? 'alarm' : undefined}
            title={source ? `Told by the ${source}` : undefined}
          >
            {EYES[eye]}
          </li>
        )}
        {centring && <li>{CENTRINGS[centring]}</li>}
        {quality && (
          <li
            data-weight={WEIGHTS[quality.verdict]}
            title={`About ${Math.round(quality.score * 100)} % of its detail can be read`}
          >
            {QUALITIES[quality.verdict]}
          </li>
        )}
      </ul>
      {overridden && (
        <p className={classes.note} data-weight="alarm">
          <AlertIcon /> Read against the gate ({overridden.code}): “{overridden.reason}”
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} className={classes.note} data-weight="doubt">
          <AlertIcon /> {warning}
        </p>
      ))}
      {isFlawed && (
        <div className={classes.quality} data-weight={WEIGHTS[quality.verdict]}>
          {quality.verdict !== 'good' && <p>{effect.words}</p>}
          <ul>
            {quality.reasons.map(({ kind, words, where }) => (
              <li key={kind}>
                {words} <span>{where.length === 4 ? 'Everywhere.' : sentence(where.join(', '))}</span>
              </li>
            ))}
          </ul>
          {quality.advice.map((advice) => (
            <p key={advice} className={classes.advice}>
              {advice}
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

const sentence = (words: string) => `${words[0]!.toUpperCase()}${words.slice(1)}.`;
