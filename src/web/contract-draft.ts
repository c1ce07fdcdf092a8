import type { Label, Manifest, ModelChange, Preprocessing } from '../server/contract.ts';

/** A model's contract as it stands in the form: numbers are text until they are saved. */
export interface Draft {
  readonly title: string;
  /** One name a line. */
  readonly labels: string;
  readonly task: Manifest['task'];
  readonly output: Manifest['output'];
  readonly modality: Manifest['modality'];
  readonly crop: Preprocessing['crop'];
  readonly resample: Preprocessing['resample'];
  readonly order: Preprocessing['channel_order'];
  /** `1/255` or a decimal number. */
  readonly factor: string;
  /** One number a channel, with commas. */
  readonly mean: string;
  readonly std: string;
}

export type Problems = Partial<Record<keyof Draft, string>>;

type Scaling = Pick<Draft, 'factor' | 'mean' | 'std'> & { readonly order?: Draft['order'] };

/** How programs commonly scale; `caffe` and `torch` are modes of keras.applications' `preprocess_input`. */
export const SCALINGS: Record<string, Scaling & { readonly title: string }> = {
  unit: { title: '0 … 1', factor: '1/255', mean: '0, 0, 0', std: '1, 1, 1' },
  symmetric: { title: '−1 … 1', factor: '1/127.5', mean: '1, 1, 1', std: '1, 1, 1' },
  raw: { title: '0 … 255', factor: '1', mean: '0, 0, 0', std: '1, 1, 1' },
  caffe: {
    title: 'caffe (BGR, less the ImageNet means)',
    factor: '1',
    mean: '103.939, 116.779, 123.68',
    std: '1, 1, 1',
    order: 'BGR',
  },
  torch: {
    title: 'torch (ImageNet mean and deviation)',
    factor: '1/255',
    mean: '0.485, 0.456, 0.406',
    std: '0.229, 0.224, 0.225',
    order: 'RGB',
  },
};

export const draftOf = ({ title, labels, task, output, modality, preprocessing }: Manifest): Draft => ({
  title,
  labels: labels.map(({ name }) => name).join('\n'),
  task,
  output,
  modality,
  crop: preprocessing.crop,
  resample: preprocessing.resample,
  order: preprocessing.channel_order,
  factor: factorText(preprocessing.rescale_factor),
  mean: preprocessing.image_mean.join(', '),
  std: preprocessing.image_std.join(', '),
});

/** The scaling with a preset's numbers; grey pictures take the first of each. */
export function withScaling(draft: Draft, name: string): Draft {
  const { factor, mean, std, order = draft.order } = SCALINGS[name]!;
  if (draft.order !== 'GRAY') return { ...draft, factor, mean, std, order };
  return { ...draft, factor, mean: mean.split(',')[0]!, std: std.split(',')[0]! };
}

/** Name of the preset that the draft's numbers are, or `custom`. */
export function scalingOf(draft: Draft): string {
  const same = (name: string) => {
    const preset = withScaling(draft, name);
    const numbers = ({ factor, mean, std }: Draft) => [
      readFactor(factor),
      ...readList(mean),
      ...readList(std),
    ];
    const [a, b] = [numbers(preset), numbers(draft)];
    return (
      preset.order === draft.order && a.length === b.length && a.every((x, i) => Math.abs(x - b[i]!) < 1e-9)
    );
  };
  return Object.keys(SCALINGS).find(same) ?? 'custom';
}

/** What to change of the model, or what is wrong with the draft. */
export function readDraft(
  draft: Draft,
  manifest: Manifest,
): { readonly change: ModelChange; readonly problems: Problems } {
  const channels = draft.order === 'GRAY' ? 1 : 3;
  const names = draft.labels
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const factor = readFactor(draft.factor);
  const [mean, std] = [readList(draft.mean), readList(draft.std)];
  const numbers = `${channels} number${channels > 1 ? 's, with commas' : ''}`;
  const isList = (list: number[]) => list.length === channels && list.every(Number.isFinite);
  const problems: Problems = {
    ...(!draft.title.trim() && { title: 'A model needs a name' }),
    ...(names.length !== manifest.labels.length && {
      labels: `${names.length} line${names.length === 1 ? '' : 's'}; the model answers with ${manifest.labels.length} classes`,
    }),
    ...(!Number.isFinite(factor) && { factor: 'A number, or a fraction such as 1/255' }),
    ...(!isList(mean) && { mean: numbers }),
    ...(!isList(std) && { std: numbers }),
    ...(isList(std) && std.includes(0) && { std: 'Divides: may not be 0' }),
  };
  const change: ModelChange = {
    title: draft.title.trim(),
    labels: names.map((name, i) => renamed(manifest.labels[i], name)),
    task: draft.task,
    output: draft.output,
    modality: draft.modality,
    preprocessing: {
      ...manifest.preprocessing,
      crop: draft.crop,
      resample: draft.resample,
      channel_order: draft.order,
      rescale_factor: factor,
      image_mean: mean,
      image_std: std,
    },
  };
  return { change, problems };
}

/** A label keeps its threshold and codes for as long as it keeps its name. */
const renamed = (label: Label | undefined, name: string): Label =>
  label?.name === name ? label : { label: name.slice(0, 80), name: name.slice(0, 200) };

function readFactor(text: string): number {
  const [, over, under] = /^\s*([^/]+?)\s*(?:\/\s*([^/]+?)\s*)?$/.exec(text) ?? [];
  return over === undefined ? Number.NaN : Number(over) / (under === undefined ? 1 : Number(under));
}

const readList = (text: string): number[] =>
  text.split(',').map((part) => (part.trim() ? Number(part) : Number.NaN));

/** 0.00392… is told as the 1/255 that it was meant to be. */
function factorText(factor: number): string {
  const under = Math.round(10 / factor) / 10;
  return factor < 1 && Math.abs(1 / under - factor) < 1e-12 ? `1/${under}` : String(factor);
}
