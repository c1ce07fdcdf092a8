import { FoveaError } from '../core/errors.ts';
import { type Eye, type Gate, judgePicture, MODALITY_NAMES, type Modality } from '../gate/index.ts';
import type { Image } from '../image/index.ts';
import type { Familiarity, Manifest } from '../model/index.ts';
import type { GateReading } from './reading.ts';

/** What a caller may say at the gate. */
export interface GateOptions {
  /** Which eye it is, where the user says so. */
  readonly eye?: Eye;
  /** Why a picture that the gate refuses is to be read all the same; recorded in the answer. */
  readonly override?: string;
}

/** What a model reads → what it is given: the first is its own, the others are read with a warning. */
const READS: Readonly<Record<Manifest['modality'], readonly Modality[]>> = {
  fundus: ['fundus', 'red-free'],
  oct: ['oct'],
  angiogram: ['angiogram'],
  // Nothing is known of what it wants, but that it reads retinas.
  unknown: ['fundus', 'red-free', 'oct', 'angiogram'],
};

const PLURALS: Readonly<Record<Exclude<Manifest['modality'], 'unknown'>, string>> = {
  fundus: 'colour fundus photographs',
  oct: 'OCT B-scans',
  angiogram: 'fluorescein angiograms',
};

/**
 * The one way to a model: judges a picture and lets it pass, or refuses it.
 *
 * @param name the file's, which may tell the eye
 * @throws FoveaError `NOT_A_RETINA`, `MODALITY_WRONG`, unless `override` gives a reason
 */
export async function passGate(
  image: Image,
  name: string,
  manifest: Pick<Manifest, 'modality'>,
  options: GateOptions = {},
): Promise<GateReading> {
  return admit(await judge(image, name, options), manifest, options);
}

/** What the gate finds of a picture, whatever model it is for. */
export const judge = (image: Image, name: string, { eye }: GateOptions = {}): Promise<Gate> =>
  judgePicture(image, { fileName: name, user: eye ?? null });

/** Whether a model reads this kind of picture. */
export const reads = ({ modality }: Pick<Manifest, 'modality'>, gate: Gate): boolean =>
  READS[modality].includes(gate.modality.modality);

/**
 * Lets a picture that was judged pass to a model, or refuses it.
 *
 * @throws FoveaError `NOT_A_RETINA`, `MODALITY_WRONG`, unless `override` gives a reason
 */
export function admit(
  gate: Gate,
  { modality }: Pick<Manifest, 'modality'>,
  { override }: GateOptions = {},
): GateReading {
  const refusal = refusalOf(gate, modality);
  const reason = override?.trim();
  if (refusal && !reason) throw refusal;
  return {
    ...told(gate),
    // The model has not seen it yet: `withFamiliarity`.
    familiarity: null,
    warnings: warningsOf(gate, modality),
    overridden: refusal && reason ? { code: refusal.code, reason } : null,
  };
}

const UNLIKE =
  'It is a picture of the retina unlike those this model learned from: another camera, crop or finding. Take its answer with doubt.';

/** The second gate: what the model itself makes of the picture. */
export const withFamiliarity = (gate: GateReading, familiarity: Familiarity | null): GateReading => ({
  ...gate,
  familiarity: familiarity && {
    distance: rounded(familiarity.distance, 3),
    limit: familiarity.limit,
    unlike: familiarity.unlike,
  },
  warnings: familiarity?.unlike ? [...gate.warnings, UNLIKE] : gate.warnings,
});

function refusalOf({ modality: { modality, reasons } }: Gate, wanted: Manifest['modality']) {
  if (modality === 'other') return new FoveaError('NOT_A_RETINA', { reason: reasons.join(' ') });
  if (wanted === 'unknown' || READS[wanted].includes(modality)) return undefined;
  const [reads, is] = [PLURALS[wanted], MODALITY_NAMES[modality]];
  return new FoveaError('MODALITY_WRONG', { reads, is, modality, expected: reads, received: is });
}

/** Share of the field's circle beyond which a missing part is mentioned. */
const MUCH_CUT = 0.35;
/** Probability above which a picture is said to stand on its head. */
const UPSIDE_DOWN = 0.8;

function warningsOf({ modality, geometry, laterality }: Gate, wanted: Manifest['modality']): string[] {
  const warnings = [...modality.warnings];
  if (wanted === 'fundus' && modality.modality === 'red-free')
    warnings.push('The picture has no colour, and this model was made for colour photographs.');
  if (geometry && geometry.fields > 1)
    warnings.push(`There are ${geometry.fields} photographs on this sheet: cut them apart and read each.`);
  if (geometry?.field && geometry.field.cut > MUCH_CUT)
    warnings.push(`${Math.round(geometry.field.cut * 100)} % of the field is not in the picture.`);
  if ((geometry?.inverted ?? 0) > UPSIDE_DOWN) warnings.push('The picture seems to stand upside down.');
  warnings.push(...laterality.conflicts.map(({ words }) => words));
  return warnings;
}

const rounded = (value: number, digits = 4) => Number(value.toFixed(digits));

/** A verdict as it leaves the product. */
function told({
  modality,
  geometry,
  laterality,
  quality,
  effect,
}: Gate): Omit<GateReading, 'familiarity' | 'warnings' | 'overridden'> {
  const place = (at: { x: number; y: number; confidence: number }) => ({
    x: rounded(at.x, 1),
    y: rounded(at.y, 1),
    confidence: rounded(at.confidence),
  });
  return {
    modality: {
      modality: modality.modality,
      confidence: rounded(modality.confidence),
      retina: rounded(modality.retina),
      reasons: [...modality.reasons],
    },
    laterality: {
      eye: laterality.eye,
      source: laterality.source,
      fromPicture: geometry?.laterality ?? null,
      conflicts: [...laterality.conflicts],
    },
    centring: geometry?.centring ?? null,
    geometry: geometry && {
      field: geometry.field && {
        x: rounded(geometry.field.x, 1),
        y: rounded(geometry.field.y, 1),
        radius: rounded(geometry.field.radius, 1),
        cut: rounded(geometry.field.cut),
      },
      disc: geometry.disc && { ...place(geometry.disc), diameter: rounded(geometry.disc.diameter, 1) },
      fovea: geometry.fovea && place(geometry.fovea),
      fieldAngle: geometry.fieldAngle === null ? null : rounded(geometry.fieldAngle, 1),
    },
    quality: quality && {
      verdict: quality.verdict,
      score: rounded(quality.score),
      reasons: quality.reasons.map(({ kind, strength, where, words }) => ({
        kind,
        strength: rounded(strength),
        where: [...where],
        words,
      })),
      advice: [...quality.advice],
      byQuadrant: Object.fromEntries(
        Object.entries(quality.byQuadrant).map(([name, score]) => [name, rounded(score)]),
      ),
    },
    effect,
  };
}
