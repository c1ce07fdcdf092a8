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

/** A perceptron with two hidden layers, trained by training/gate_quality.py. */
export function judgeSigns(signs: readonly number[]): Judgement {
  let values = signs.map((sign, i) => {
    // Beyond what was seen in training a sign says no more than at its end.
    const standard = (sign - rule.mean[i]!) / rule.deviation[i]!;
    return Math.max(-4, Math.min(4, standard));
  });
  rule.layers.forEach(({ weights, bias }, depth) => {
    values = bias.map((start, row) => {
      const line = weights[row]!;
      let sum = start;
      for (let i = 0; i < values.length; i++) sum += line[i]! * values[i]!;
      return depth < rule.layers.length - 1 ? Math.max(0, sum) : 1 / (1 + Math.exp(-sum));
    });
  });
  return { readable: values[0]!, strengths: values.slice(1) };
}
