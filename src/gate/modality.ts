import type { Image } from '../image/index.ts';
import { MODALITIES, type Modality, modalityProbabilities, SIDE } from './modality-network.ts';
import { smallPicture } from './modality-picture.ts';
import { type Signs, signsOf } from './modality-signs.ts';
import { workingCopy } from './working-copy.ts';

export { MODALITIES, type Modality };

/** What a picture is, for a model that reads one modality alone. */
export interface ModalityVerdict {
  /** `red-free`: any monochrome fundus. `other`: no picture of a retina that is known here, or none that can be told. */
  readonly modality: Modality;
  /** 0–1: the network's probability of `modality`; 1 where a picture holds nothing that could be told. */
  readonly confidence: number;
  /** 0–1: probability that it is a retina, whatever it was taken with. */
  readonly retina: number;
  /** Why, in words, the strongest first; never empty. */
  readonly reasons: readonly string[];
  /** What to see to, although it may be read; may be empty. */
  readonly warnings: readonly string[];
}

/** Name of each modality in a sentence. */
export const MODALITY_NAMES: Readonly<Record<Modality, string>> = {
  fundus: 'a colour fundus photograph',
  'red-free': 'a red-free (monochrome) fundus photograph',
  oct: 'an OCT B-scan',
  angiogram: 'a fluorescein angiogram',
  other: 'no picture of a retina',
};

/** Pixels of the shorter side below which no vessel and no layer is left to see. */
const LEAST_SIDE = 32;
/** Longer side over shorter: the widest B-scans in use are about 4 to 1. */
const MOST_ELONGATED = 6;
/** Grey levels between the darkest and the lightest hundredth: less is one tone, whatever it is of. */
const LEAST_RANGE = 2;
/** Least probability of a retina, below which a picture is refused: less likely one than not. */
const LEAST_RETINA = 0.5;
/** Below it a picture is read with a warning. */
const HARDLY = 0.8;

/**
 * Tells what a picture is: a colour, red-free or angiographic picture of the fundus, an OCT B-scan, or something else.
 *
 * @param image decoded, of any size; shrunk here to 160 pixels
 * @throws FoveaError `FILE_NOT_FOUND`, `MODEL_DAMAGED` where the shipped network is missing or broken
 */
export async function findModality(image: Image): Promise<ModalityVerdict> {
  const { width, height } = image;
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (short < LEAST_SIDE)
    return nothing(
      `${width} × ${height} pixels are too few: the shorter side has to be at least ${LEAST_SIDE}.`,
    );
  if (long > short * MOST_ELONGATED)
    return nothing(
      `${width} × ${height} pixels are the shape of a strip, which no camera or scanner of the eye has.`,
    );
  const small = smallPicture(workingCopy(image).image, SIDE);
  const signs = signsOf(small);
  if (signs.range < LEAST_RANGE) return nothing(`It is ${emptiness(signs)} all over.`);
  return judge(await modalityProbabilities(small), signs);
}

function judge(probabilities: Float32Array, signs: Signs): ModalityVerdict {
  const retina = 1 - probabilities[MODALITIES.indexOf('other')]!;
  const best = (among: readonly Modality[]) =>
    among.reduce((a, b) =>
      probabilities[MODALITIES.indexOf(b)]! > probabilities[MODALITIES.indexOf(a)]! ? b : a,
    );
  const likeliest = best(MODALITIES.filter((modality) => modality !== 'other'));
  const modality = retina >= LEAST_RETINA ? likeliest : 'other';
  const confidence = modality === 'other' ? 1 - retina : probabilities[MODALITIES.indexOf(modality)]!;
  const reasons = modality === 'other' ? unlike(signs, likeliest) : like(modality, signs);
  const warnings = modality !== 'other' && retina < HARDLY ? ['It is hardly recognisable as a retina.'] : [];
  return { modality, confidence, retina, reasons, warnings };
}

const nothing = (reason: string): ModalityVerdict => ({
  modality: 'other',
  confidence: 1,
  retina: 0,
  reasons: [reason],
  warnings: [],
});

function emptiness({ mean }: Signs): string {
  if (mean < 20) return 'black';
  return mean > 235 ? 'white' : 'of one tone';
}

/** What speaks for a modality, beside the network: sign → words. */
function like(modality: Modality, { saturation, warm, black }: Signs): string[] {
  const reasons = [`It looks like ${MODALITY_NAMES[modality]}.`];
  if (modality === 'fundus' && warm > 0.6)
    reasons.push('Its colours are those of a fundus: red over green over blue.');
  if (modality !== 'fundus' && saturation < 0.05) reasons.push('It has no colour.');
  if (modality !== 'oct' && black > 0.1) reasons.push('A lit field stands on a black surround.');
  return reasons;
}

/** Mean saturation above which a picture is in colour beyond doubt. */
const IN_COLOUR = 0.15;

/** What speaks against every modality, beside the network. */
function unlike({ saturation, warm, roughness, white, black }: Signs, likeliest: Modality): string[] {
  const reasons: string[] = [];
  if (white > 0.4) reasons.push('Most of it is white, as of a page, a drawing or a screen.');
  if (black > 0.9) reasons.push('Nearly all of it is black.');
  if (roughness > 0.2)
    reasons.push('Its pixels change at random or from one to the next, as noise or a pattern does.');
  if (saturation > IN_COLOUR && warm < 0.3) reasons.push('Its colours are not those of a fundus.');
  reasons.push(
    `Neither vessels and disc nor layers are seen as in ${MODALITY_NAMES[likeliest]}, the nearest to it.`,
  );
  return reasons;
}
