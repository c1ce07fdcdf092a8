import type { Preprocessing } from '../image/index.ts';

/** The ways in which people prepare pictures for a network, to be tried against labels. */

type Scaling = Pick<Preprocessing, 'rescale_factor' | 'image_mean' | 'image_std'>;

const three = (value: number) => [value, value, value];

/** keras/src/applications/imagenet_utils.py, and the plain ones. The means of "caffe" are those of B, G, R. */
const SCALINGS: Readonly<Record<string, Scaling>> = {
  'x/255': { rescale_factor: 1 / 255, image_mean: three(0), image_std: three(1) },
  'x/127.5 − 1': { rescale_factor: 1 / 127.5, image_mean: three(1), image_std: three(1) },
  'x as it is': { rescale_factor: 1, image_mean: three(0), image_std: three(1) },
  'x − ImageNet mean': { rescale_factor: 1, image_mean: [103.939, 116.779, 123.68], image_std: three(1) },
  '(x/255 − ImageNet mean) ÷ deviation': {
    rescale_factor: 1 / 255,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
  },
};

const near = (a: readonly number[], b: readonly number[]) =>
  a.every((value, i) => Math.abs(value - b[i]!) <= 1e-6 * Math.max(1, Math.abs(value)));

export const scalingName = (contract: Preprocessing): string => {
  const found = Object.entries(SCALINGS).find(
    ([, s]) =>
      near([contract.rescale_factor], [s.rescale_factor]) &&
      near(contract.image_mean, s.image_mean) &&
      near(contract.image_std, s.image_std),
  );
  return found?.[0] ?? 'its own scaling';
};

const RESAMPLES: Readonly<Record<Preprocessing['resample'], string>> = {
  pil_nearest: 'PIL nearest',
  pil_box: 'PIL box',
  pil_bilinear: 'PIL bilinear',
  pil_bicubic: 'PIL bicubic',
  pil_lanczos: 'PIL Lanczos',
  opencv_bilinear: 'OpenCV bilinear',
  tensorflow_bilinear: 'TensorFlow bilinear',
};

const CROPS: Readonly<Record<Preprocessing['crop'], string>> = {
  none: 'squashed',
  cover: 'cropped to fill',
  contain: 'whole, with bars',
  field_of_view: 'lit field, with bars',
};

/** A contract in words, part by part. */
export const describeContract = (contract: Preprocessing): readonly string[] => [
  scalingName(contract),
  contract.channel_order,
  CROPS[contract.crop],
  RESAMPLES[contract.resample],
];

/** What differs, in words: "x/255 instead of x/127.5 − 1". */
export function difference(present: Preprocessing, other: Preprocessing): string {
  const [a, b] = [describeContract(present), describeContract(other)];
  return a.flatMap((part, i) => (part === b[i] ? [] : [`${part} instead of ${b[i]}`])).join(', ');
}

/** How many parts differ. */
export const distance = (a: Preprocessing, b: Preprocessing): number => {
  const other = describeContract(b);
  return describeContract(a).filter((part, i) => part !== other[i]).length;
};

/** Scalings and channel orders, the present one first. */
export function scalings(present: Preprocessing): readonly Preprocessing[] {
  const grey = present.channel_order === 'GRAY';
  const orders = grey ? (['GRAY'] as const) : (['RGB', 'BGR'] as const);
  const channels = present.image_mean.length;
  const all = Object.values(SCALINGS).flatMap((scaling) =>
    orders.map((channel_order) => ({
      ...present,
      ...scaling,
      image_mean: scaling.image_mean.slice(0, channels),
      image_std: scaling.image_std.slice(0, channels),
      channel_order,
    })),
  );
  // The present scaling under the other order as well, where it is not one of the usual.
  const turned = orders.map((channel_order) => ({ ...present, channel_order }));
  return unique([present, ...turned, ...all]);
}

/** Crops and resize kernels, the present pair first. */
export const geometries = (present: Preprocessing): readonly Preprocessing[] =>
  unique([
    present,
    ...(Object.keys(CROPS) as Preprocessing['crop'][]).flatMap((crop) =>
      (Object.keys(RESAMPLES) as Preprocessing['resample'][]).map((resample) => ({
        ...present,
        crop,
        resample,
      })),
    ),
  ]);

const unique = (contracts: readonly Preprocessing[]): readonly Preprocessing[] => {
  const seen = new Map(
    contracts.toReversed().map((contract) => [describeContract(contract).join(), contract]),
  );
  return contracts.filter((contract) => seen.get(describeContract(contract).join()) === contract);
};
