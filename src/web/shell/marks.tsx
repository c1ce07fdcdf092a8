import type { OutcomeResult, VisitState } from '../../server/clinic-contract.ts';
import { percent } from '../format.ts';
import classes from './marks.module.css';

export const RESULT_WORDS: Readonly<Record<OutcomeResult, string>> = {
  negative: 'Negative',
  positive: 'Positive',
  ungradable: 'Not gradable',
};

export const STATE_WORDS: Readonly<Record<VisitState, string>> = {
  waiting: 'Being read',
  open: 'To read',
  signed: 'Signed',
  retake: 'Retake',
};

/** Told apart by shape as well as by colour: a disc, a triangle, a crossed square, a broken ring. */
const SHAPES: Readonly<Record<OutcomeResult | 'none', string>> = {
  negative: 'M8 3a5 5 0 1 0 0 10a5 5 0 0 0 0-10',
  positive: 'M8 2L14.500 13.500H1.500z',
  ungradable: 'M3 3h10v10H3zM3 3l10 10M13 3L3 13',
  none: 'M8 3a5 5 0 1 0 0 10a5 5 0 0 0 0-10',
};

interface Props {
  readonly result: OutcomeResult | null;
  readonly level?: string | null | undefined;
  /** What stands there where there is no result. */
  readonly none?: string;
}

/** What becomes of an eye or a patient: shape, colour and word. */
export function OutcomeChip({ result, level, none = 'Not read yet' }: Props) {
  const word = result ? RESULT_WORDS[result] : none;
  const more = result && result !== 'ungradable' && level && level !== 'none' ? level : undefined;
  return (
    <span className={classes.chip} data-result={result ?? 'none'}>
      <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
        <path d={SHAPES[result ?? 'none']} />
      </svg>
      {word}
      {more && <span className={classes.level}>{more}</span>}
    </span>
  );
}

export function StateMark({ state }: { readonly state: VisitState }) {
  return (
    <span className={classes.state} data-state={state}>
      {STATE_WORDS[state]}
    </span>
  );
}

/** Probability of the worst outcome as a bar and in figures. */
export function TriageBar({ value }: { readonly value: number | null }) {
  if (value === null) return <span className={classes.nothing}>–</span>;
  return (
    <span className={classes.triage}>
      <span className={classes.track} aria-hidden="true">
        <span style={{ width: `${value * 100}%` }} />
      </span>
      {percent(value)}
    </span>
  );
}

export const QUALITY_WORDS: Readonly<Record<string, string>> = {
  good: 'Good',
  'barely gradable': 'Barely gradable',
  'not gradable': 'Not gradable',
};

/** The gate's verdict on the poorest picture, with one to three bars as a telephone has them. */
export function QualityMark({ quality }: { readonly quality: string | null }) {
  if (quality === null) return <span className={classes.nothing}>–</span>;
  const bars = quality === 'good' ? 3 : quality === 'barely gradable' ? 2 : 1;
  return (
    <span className={classes.quality} data-bars={bars}>
      <svg viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">
        {[0, 1, 2].map((i) => (
          <rect
            key={i}
            x={i * 5}
            y={8 - i * 4}
            width="3.500"
            height={4 + i * 4}
            data-on={i < bars || undefined}
          />
        ))}
      </svg>
      {QUALITY_WORDS[quality] ?? quality}
    </span>
  );
}

/** Which eyes there are pictures of. */
export function EyesMark({ eyes }: { readonly eyes: readonly string[] }) {
  if (eyes.length === 0) return <span className={classes.nothing}>Unknown</span>;
  return (
    <span className={classes.eyes}>
      {eyes.map((eye) => (
        <abbr key={eye} title={eye === 'OD' ? 'Right eye' : 'Left eye'}>
          {eye}
        </abbr>
      ))}
    </span>
  );
}
