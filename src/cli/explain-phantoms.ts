import type { MarkedPicture } from '../flows/explain-check.ts';
import type { Label, Manifest } from '../model/index.ts';
import {
  type Disease,
  type FundusPhantom,
  GENERATOR,
  type LesionKind,
  renderFundus,
  renderOct,
} from '../synth/index.ts';

/** A disease as models call it, the grades that show, and what shows it. */
interface Sign {
  /** Of a label's name; ODIR's letters stand alone. */
  readonly called: RegExp;
  /** Which of several such labels is that of the grades drawn. */
  readonly best?: RegExp;
  readonly grades: readonly number[];
  readonly masks: readonly (LesionKind | 'disc')[];
}

const SIGNS: Partial<Record<Disease, Sign>> = {
  dr: {
    called: /^(?!no\b).*(diabetic retinopathy|\b(n?pdr|dr)\b|proliferative)|^d$/i,
    best: /moderate/i,
    // Beyond, lesions are nearly everywhere: whatever points hits one.
    grades: [2],
    masks: [
      ...(['microaneurysm', 'dotBlotHaemorrhage', 'flameHaemorrhage', 'preretinalHaemorrhage'] as const),
      ...(['hardExudate', 'cottonWoolSpot', 'venousBeading', 'irma'] as const),
      ...(['neovascularisationDisc', 'neovascularisationElsewhere', 'laserScar'] as const),
    ],
  },
  amd: {
    called: /macular degeneration|\bamd\b|\barmd\b|drusen|^a$/i,
    grades: [2, 3, 4],
    masks: [
      ...(['drusen', 'pigment', 'geographicAtrophy'] as const),
      ...(['subretinalHaemorrhage', 'subretinalFluid', 'hardExudate'] as const),
    ],
  },
  glaucoma: {
    called: /^(?!no[nt]?\b).*glaucom|^g$/i,
    grades: [2, 3],
    masks: ['disc', 'discHaemorrhage', 'nerveFibreDefect'],
  },
  myopia: {
    called: /myopia|^m$/i,
    grades: [3, 4],
    masks: ['patchyAtrophy', 'lacquerCrack', 'peripapillaryAtrophy'],
  },
  brvo: {
    called: /branch retinal vein occlusion|\bbrvo\b/i,
    grades: [2, 3],
    masks: ['flameHaemorrhage', 'dotBlotHaemorrhage', 'cottonWoolSpot', 'hardExudate'],
  },
};

/** What shows each class of OCT scans. */
const SCAN_SIGNS: readonly {
  readonly called: RegExp;
  readonly diseases: readonly Partial<Record<Disease, number>>[];
  readonly masks: readonly string[];
}[] = [
  {
    called: /neovascular|^cnv$/i,
    diseases: [{ amd: 4 }],
    masks: ['subretinalFluid', 'subretinalHyperreflectiveMaterial', 'pigmentEpithelialDetachment'],
  },
  {
    called: /macular o?edema|^dme$/i,
    diseases: [{ dme: 2 }, { dme: 3 }],
    masks: ['intraretinalFluid', 'hardExudate', 'hyperreflectiveFocus'],
  },
  { called: /drusen/i, diseases: [{ amd: 2 }], masks: ['drusen'] },
];

/** The pictures' name in a check's record. */
export const phantomsOf = (count: number): string => `${count} phantoms of ${GENERATOR}`;

/** Pixels a side: no fewer than most models see, and quick to draw. */
const SIDE = 256;

/**
 * Phantoms of the diseases that a model has classes for, in turn, each with the mask of its signs; of healthy eyes and
 * diseased ones with no class where it has none of them.
 */
export function* phantoms(
  labels: readonly Label[],
  count: number,
  modality: Manifest['modality'] = 'fundus',
): Generator<MarkedPicture> {
  if (modality === 'oct') return yield* scans(labels, count);
  const known = (Object.entries(SIGNS) as [Disease, Sign][]).flatMap(([disease, sign]) => {
    const isCalled = ({ label, name }: Label) => sign.called.test(label) || sign.called.test(name);
    const best = labels.findIndex((label) => isCalled(label) && sign.best?.test(label.name));
    const index = best >= 0 ? best : labels.findIndex(isCalled);
    return index >= 0 ? [{ disease, sign, index }] : [];
  });
  for (let i = 0; i < count; i++) {
    const chosen = known[i % known.length];
    if (!chosen) {
      const { image } = draw(i, i % 2 === 0 ? {} : { dr: 3 });
      yield { image };
      continue;
    }
    const { disease, sign, index } = chosen;
    const grade = sign.grades[Math.floor(i / known.length) % sign.grades.length]!;
    const { image, phantom } = draw(i, { [disease]: grade });
    const masks = sign.masks.flatMap((kind) => phantom.masks[kind] ?? []);
    const lesions = Uint8Array.from(phantom.masks.field!, (_, at) =>
      Math.max(0, ...masks.map((mask) => mask[at]!)),
    );
    yield { image, truth: { index, lesions: grey(lesions), field: grey(phantom.masks.field!) } };
  }
}

/** The same of OCT scans. */
function* scans(labels: readonly Label[], count: number): Generator<MarkedPicture> {
  const known = SCAN_SIGNS.flatMap((sign) => {
    const index = labels.findIndex(({ label, name }) => sign.called.test(label) || sign.called.test(name));
    return index >= 0 ? [{ ...sign, index }] : [];
  });
  for (let i = 0; i < count; i++) {
    const chosen = known[i % known.length];
    const diseases = chosen
      ? chosen.diseases[Math.floor(i / known.length) % chosen.diseases.length]!
      : i % 2 === 0
        ? {}
        : { dme: 3 };
    const { image: data, width, height, masks } = renderOct({ seed: `explain/${i}`, diseases });
    const plane = (bytes: Uint8Array) => ({ width, height, channels: 1 as const, data: bytes });
    if (!chosen) {
      yield { image: plane(data) };
      continue;
    }
    const shown = chosen.masks.flatMap((kind) => masks[kind] ?? []);
    const lesions = Uint8Array.from(data, (_, at) => Math.max(0, ...shown.map((mask) => mask[at]!)));
    const { index } = chosen;
    yield { image: plane(data), truth: { index, lesions: plane(lesions), field: plane(masks.retina!) } };
  }
}

function draw(i: number, diseases: Partial<Record<Disease, number>>) {
  const phantom: FundusPhantom = renderFundus({ seed: `explain/${i}`, diseases, size: SIDE });
  return { image: { width: SIDE, height: SIDE, channels: 3 as const, data: phantom.image }, phantom };
}

const grey = (data: Uint8Array) => ({ width: SIDE, height: SIDE, channels: 1 as const, data });
