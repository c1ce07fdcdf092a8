import type { Modality, Phantom, PhantomParameters } from './render.ts';

/** One picture of a set. */
export interface SetItem {
  /** Of the file, without folder and ending. */
  readonly name: string;
  /** Of the eye: pictures of one eye belong to one patient, so that no split parts them. */
  readonly eye: string;
  /** The eye's place in the set, from 0. */
  readonly index: number;
  readonly parameters: PhantomParameters;
}

/**
 * The pictures of a set: each eye with each modality.
 *
 * @param of the parameters of eye `index`, but for seed and modality
 */
export function itemsOf(
  { seed, count, modalities }: { seed: string; count: number; modalities: readonly Modality[] },
  of: (seed: string, modality: Modality) => object,
): SetItem[] {
  const digits = Math.max(4, String(count).length);
  return Array.from({ length: count }, (_, index) => {
    const eye = `phantom-${seed}-${String(index + 1).padStart(digits, '0')}`.replace(/[^\w.-]/g, '_');
    return modalities.map((modality) => ({
      name: modalities.length > 1 ? `${eye}-${modality}` : eye,
      eye,
      index,
      parameters: {
        modality,
        seed: `${seed}-${index + 1}`,
        ...of(`${seed}-${index + 1}`, modality),
      } as PhantomParameters,
    }));
  }).flat();
}

export const fileOf = ({ name }: SetItem) => `images/${name}.png`;

const COLUMNS =
  'file,patient,eye,labels,split,age,dr_grade,cup_to_disc,keywords,seed,modality,oct_class,central_subfield_um';

/** `labels.csv`: a row a picture, in the format of datasets; every fifth eye is for validation. */
export function labelsCsv(items: readonly SetItem[], truths: readonly Phantom['truth'][]): string {
  const rows = items.map((item, i) => {
    const truth = truths[i]!;
    const { eye, age, labels, diseases } = truth;
    const named = Object.entries(diseases).map(([disease, grade]) => `${disease} ${grade}`);
    return [
      fileOf(item),
      item.eye,
      eye,
      labels,
      item.index % 5 === 4 ? 'val' : 'train',
      age,
      'drGrade' in truth && diseases.dr !== undefined ? truth.drGrade : '',
      'cupToDisc' in truth ? truth.cupToDisc.toFixed(3) : '',
      named.join(' + ') || 'normal',
      item.parameters.seed,
      item.parameters.modality,
      'octClass' in truth ? truth.octClass : '',
      'centralSubfieldThickness' in truth ? truth.centralSubfieldThickness.toFixed(1) : '',
    ].join(',');
  });
  return `${COLUMNS}\n${rows.join('\n')}\n`;
}

/** `truth.jsonl`: a line a picture. */
export const truthLines = (items: readonly SetItem[], truths: readonly Phantom['truth'][]) =>
  `${items.map((item, i) => JSON.stringify({ file: fileOf(item), ...truths[i] })).join('\n')}\n`;
