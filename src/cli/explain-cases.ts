import type { CasePicture } from '../flows/alike.ts';
import { DISEASES, type Disease, type FundusParameters, renderFundus } from '../synth/index.ts';

/** Enough that every disease is there in every grade, in two eyes each, and a fifth of the eyes healthy. */
const EYES_A_GRADE = 2;
const HEALTHY = 16;

/** Pixels a side: no fewer than most models see, and quick to draw. */
const SIDE = 256;

/** The phantoms that pictures are likened to: healthy ones, and each diseased one with its eye in health. */
export function* casePictures(): Generator<CasePicture> {
  for (let i = 0; i < HEALTHY; i++) yield { ...drawn(`case/healthy/${i}`, {}), without: null };
  for (const [disease, { grades }] of Object.entries(DISEASES))
    for (let grade = 1; grade <= grades[1]; grade++)
      for (let i = 0; i < EYES_A_GRADE; i++) {
        const seed = `case/${disease}/${grade}/${i}`;
        yield { ...drawn(seed, { [disease as Disease]: grade }), without: drawn(seed, {}) };
      }
}

function drawn(seed: string, diseases: Partial<Record<Disease, number>>) {
  const drawnFrom: FundusParameters = { seed, size: SIDE, diseases };
  const { image, width, height } = renderFundus(drawnFrom);
  return { drawnFrom, image: { width, height, channels: 3 as const, data: image } };
}
