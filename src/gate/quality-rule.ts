import rule from './quality-rule.json' with { type: 'json' };

/** What can be wrong with a photograph of the fundus. */
export const REASON_KINDS = [
  'blur',
  'dark',
  'bright',
  'uneven light',
  'haze',
  'low contrast',
  'eyelash',
  'dust',
  'flare',
  'field cut',
  'low resolution',
  'compression',
] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

/** What the rule says of a field, or of a part of it. */
export interface Judgement {
  /** 0–1: share of the detail that can be read. */
  readonly readable: number;
  /** 0–1 for each kind in `REASON_KINDS`, in their order. */
  readonly strengths: readonly number[];
}

/** Typed, as lists of whole and other numbers are kept box by box. */
const layers = rule.layers.map(({ weights, bias }) => ({
  weights: weights.map((line) => Float64Array.from(line)),
  bias: Float64Array.from(bias),
}));

/** A perceptron with two hidden layers, trained by training/gate_quality.py. */
export function judgeSigns(signs: readonly number[]): Judgement {
  // Beyond what was seen in training a sign says no more than at its end.
  let values = Float64Array.from(signs, (sign, i) =>
    Math.max(-4, Math.min(4, (sign - rule.mean[i]!) / rule.deviation[i]!)),
  );
  for (const [depth, { weights, bias }] of layers.entries()) {
    const next = Float64Array.from(bias);
    for (let row = 0; row < next.length; row++) {
      const line = weights[row]!;
      for (let i = 0; i < values.length; i++) next[row]! += line[i]! * values[i]!;
      next[row] = depth < layers.length - 1 ? Math.max(0, next[row]!) : 1 / (1 + Math.exp(-next[row]!));
    }
    values = next;
  }
  const [readable, ...strengths] = values;
  return { readable: readable!, strengths };
}
