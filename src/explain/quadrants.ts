import type { Case } from './checks.ts';
import type { Explainer } from './explain.ts';
import { enlarged, type Map2D } from './maps.ts';
import { blended, withoutContent } from './pictures.ts';

export const QUADRANTS = ['upper left', 'upper right', 'lower left', 'lower right'] as const;
export type Quadrant = (typeof QUADRANTS)[number];

/** A quarter of the picture, taken away. */
export interface QuadrantEvidence {
  readonly quadrant: Quadrant;
  /** Of the whole map, 0–1. */
  readonly share: number;
  /** The class's probability where this quarter is blurred beyond recognition. */
  readonly without: number;
}

/** Width of the passage from sharp to blurred as a share of the side: a hard edge would be a thing to be seen. */
const PASSAGE = 1 / 28;

/**
 * How much of a map each quarter of the picture holds, and what is left of the answer without it.
 *
 * @param meaning what the model's probabilities mean, where it was calibrated; `without` is told so
 */
export async function quadrantEvidence(
  explainer: Explainer,
  map: Map2D,
  { input, index }: Case,
  meaning: (probabilities: readonly number[]) => readonly number[] = (probabilities) => probabilities,
): Promise<readonly QuadrantEvidence[]> {
  const layout = explainer.layout(input);
  const { width, height } = layout;
  const away = withoutContent(input, layout);
  const { data } = enlarged(map, width, height);
  const total = data.reduce((sum, value) => sum + value, 0);
  // 0 left of (above) the middle, 1 right of it (below).
  const beyond = (at: number, size: number) =>
    Math.min(Math.max((at + 0.5) / size / PASSAGE - 0.5 / PASSAGE + 0.5, 0), 1);
  const within = QUADRANTS.map((_, q) =>
    data.map((_, i) => {
      const right = beyond(i % width, width);
      const low = beyond(Math.floor(i / width), height);
      return (q % 2 === 1 ? right : 1 - right) * (q >= 2 ? low : 1 - low);
    }),
  );
  const without = await explainer.probabilitiesOfAll(
    within.map((share) => blended(away, input, share, layout)),
  );
  return QUADRANTS.map((quadrant, q) => ({
    quadrant,
    share: total > 0 ? data.reduce((sum, value, i) => sum + value * within[q]![i]!, 0) / total : 0,
    without: meaning(without[q]!)[index]!,
  }));
}
