import type { Image } from '../image/index.ts';
import type { Session } from '../model/session.ts';
import { cropSquare, type Square, squareAbout } from './geometry-crop.ts';
import { findLitField, type LitField } from './geometry-field.ts';
import {
  askGeometry,
  type Found,
  geometrySession,
  INPUT_MARGIN,
  INPUT_SIDE,
  type NetworkAnswer,
} from './geometry-network.ts';
import type { Eye } from './laterality.ts';

/** Where things are in a fundus photograph. Pixels of the picture given; the middle of its first pixel is 0, 0. */
export interface Geometry {
  /**
   * The camera's round field; it may reach beyond the picture. `cut`: share of the circle that is missing, 0–1. Null
   * where nothing can be a field.
   */
  readonly field: Omit<LitField, 'box' | 'count'> | null;
  /** Round fields in the picture: more than one are a sheet to be cut apart; the largest is the one looked at. */
  readonly fields: number;
  /** Centre and vertical diameter of the optic disc, and how sure it is that it is there, 0–1. */
  readonly disc: {
    readonly x: number;
    readonly y: number;
    readonly diameter: number;
    readonly confidence: number;
  } | null;
  readonly fovea: { readonly x: number; readonly y: number; readonly confidence: number } | null;
  /** Which eye the picture shows if it stands upright: the disc is on the nasal side of the fovea. */
  readonly laterality: { readonly eye: Eye; readonly confidence: number } | null;
  /** What the field is centred on. */
  readonly centring: 'macula' | 'disc' | 'other' | null;
  /**
   * Probability that the picture stands upside down, turned by half or mirrored top to bottom: the fovea then lies above
   * the disc. One mirrored left to right looks like the other eye: only `checkLaterality` can suspect it.
   */
  readonly inverted: number | null;
  /** Estimated angle of the whole circle of the field, degrees. */
  readonly fieldAngle: number | null;
}

const NOTHING: Geometry = {
  field: null,
  fields: 0,
  disc: null,
  fovea: null,
  laterality: null,
  centring: null,
  inverted: null,
  fieldAngle: null,
};

/** Below these a place is none: chosen on the photographs learned from (docs/gates.md). */
const LEAST_DISC = 0.35;
const LEAST_FOVEA = 0.3;
/** Without a disc to stand beside, a fovea is soon seen in the middle of any dim field. */
const LEAST_FOVEA_ALONE = 0.6;
/** Below this an eye told is hardly better than a guess: measured, docs/gates.md. */
const LEAST_LATERALITY = 0.7;
/** A field is centred on what lies within this share of its radius. [chosen: halfway of disc and fovea at 45°] */
const CENTRED = 0.45;

/** Disc to fovea 4.76 ± 0.34 mm (PMC4577126); height of the disc 1.88 ± 0.17 mm (Jonas, IOVS 1988). */
const DISC_TO_FOVEA = { mean: 4760, spread: 340 / 4760 };
/** The spread among eyes and the network's own error of about a tenth. */
const DISC_HEIGHT = { mean: 1880, spread: Math.hypot(170 / 1880, 0.1) };
/** µm of retina a degree of field, posterior pole (BJO 72:228). */
export const MICROMETRES_PER_DEGREE = 276;

/**
 * Finds field, disc and fovea in a colour or red-free fundus photograph, and what follows from them: which eye, what it
 * is centred on, how wide the field is.
 *
 * ```ts
 * const { disc, fovea, laterality } = await findGeometry(await decode(bytes));
 * ```
 *
 * What is no photograph of a fundus answers nulls or little confidence; it is not this function that tells.
 *
 * @param session the network, if not the shipped one
 * @throws FoveaError `FILE_NOT_FOUND`, `MODEL_DAMAGED` where the shipped network is missing or broken
 */
export async function findGeometry(image: Image, session?: Session): Promise<Geometry> {
  const lit = findLitField(image);
  if (!lit) return NOTHING;
  const { box: _box, count: fields, ...field } = lit;
  const square = squareAbout(lit, INPUT_MARGIN);
  const answer = await askGeometry(
    session ?? (await geometrySession()),
    cropSquare(image, square, INPUT_SIDE),
  );
  const disc = answer.disc.confidence >= LEAST_DISC ? discOf(answer, square) : null;
  const leastFovea = disc ? LEAST_FOVEA : LEAST_FOVEA_ALONE;
  const fovea = answer.fovea.confidence >= leastFovea ? inPicture(answer.fovea, square) : null;
  return {
    field,
    fields,
    disc,
    fovea,
    laterality: lateralityOf(answer, disc, fovea),
    centring: centringOf(field, disc, fovea),
    inverted: disc && fovea ? answer.inverted : null,
    fieldAngle: fieldAngleOf(field.radius, disc, fovea),
  };
}

/** Shares of the network's picture → pixels of the picture. */
const inPicture = ({ x, y, confidence }: Found, { left, top, side }: Square) => ({
  x: left + x * side - 0.5,
  y: top + y * side - 0.5,
  confidence,
});

const discOf = ({ disc, discHeight }: NetworkAnswer, square: Square) => ({
  ...inPicture(disc, square),
  diameter: discHeight * square.side,
});

/**
 * The order of disc and fovea and the whole picture must say the same: where they contradict, or nothing is seen, nobody
 * knows. The confidence is that of the whole picture, which is the one that proved calibrated.
 */
function lateralityOf(
  { discOnRight }: NetworkAnswer,
  disc: Geometry['disc'],
  fovea: Geometry['fovea'],
): Geometry['laterality'] {
  if (!disc && !fovea) return null;
  const confidence = Math.max(discOnRight, 1 - discOnRight);
  const isRight = discOnRight > 0.5;
  const contradicts = disc && fovea && disc.x > fovea.x !== isRight;
  return !contradicts && confidence >= LEAST_LATERALITY ? { eye: isRight ? 'OD' : 'OS', confidence } : null;
}

function centringOf(
  field: NonNullable<Geometry['field']>,
  disc: Geometry['disc'],
  fovea: Geometry['fovea'],
): Geometry['centring'] {
  if (!disc && !fovea) return null;
  const off = (place: { x: number; y: number } | null) =>
    place ? Math.hypot(place.x - field.x, place.y - field.y) / field.radius : Number.POSITIVE_INFINITY;
  const [fromDisc, fromFovea] = [off(disc), off(fovea)];
  if (Math.min(fromDisc, fromFovea) > CENTRED) return 'other';
  return fromFovea <= fromDisc ? 'macula' : 'disc';
}

/** By the distance from disc to fovea and the size of the disc, each weighted by how little eyes differ in it. */
function fieldAngleOf(radius: number, disc: Geometry['disc'], fovea: Geometry['fovea']): number | null {
  if (!disc) return null;
  const scales = [{ pixels: disc.diameter, ...DISC_HEIGHT }];
  if (fovea) scales.push({ pixels: Math.hypot(disc.x - fovea.x, disc.y - fovea.y), ...DISC_TO_FOVEA });
  let [sum, weights] = [0, 0];
  for (const { pixels, mean, spread } of scales) {
    sum += Math.log(mean / pixels) / spread ** 2;
    weights += 1 / spread ** 2;
  }
  return (2 * radius * Math.exp(sum / weights)) / MICROMETRES_PER_DEGREE;
}
