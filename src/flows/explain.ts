import { FoveaError } from '../core/errors.ts';
import { Explainer, type Explanation, enlarged, type Method, type Runner } from '../explain/index.ts';
import { decodeOnnx } from '../formats/onnx/decode.ts';
import { decode, fit, type Pixels, preprocess } from '../image/index.ts';
import { GraphSession, type Manifest } from '../model/index.ts';
import type { PictureFile } from './classify.ts';

export { METHODS, type Method } from '../explain/index.ts';

export interface ExplainedPicture extends Explanation {
  readonly label: string;
  readonly name: string;
  /** Why this method and no other; absent where the caller named it. */
  readonly why?: string;
  /** The picture as the model sees it, larger, with the map over it. */
  readonly overlay: Pixels;
}

export interface ExplainPictureOptions {
  /** Label or name of the class; default: the most probable. */
  readonly label?: string;
  readonly method?: Method;
  readonly masks?: number;
  /** How much of the map covers the picture where it is strongest, 0–1. */
  readonly opacity?: number;
  /** Aborted, no further part of the work is begun, and its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Pixels a side that an overlay has at least. */
const OVERLAY_SIDE = 512;

/**
 * Where in a picture a model sees what it answers.
 *
 * @param onnx the model's graph, whose contract and labels the manifest holds
 * @throws FoveaError as `classify`; `LABEL_UNKNOWN`, `EXPLANATION_IMPOSSIBLE`, `GRADIENT_UNSUPPORTED`
 */
export async function explainPicture(
  { bytes }: PictureFile,
  onnx: Uint8Array,
  { preprocessing, labels }: Pick<Manifest, 'preprocessing' | 'labels'>,
  { label, method, masks, opacity = 0.6, signal }: ExplainPictureOptions = {},
): Promise<ExplainedPicture> {
  const image = await decode(bytes);
  const input = preprocess(image, preprocessing);
  const explainer = new Explainer(
    decodeOnnx(onnx),
    preprocessing.data_format === 'channels_last',
    async (graph) => abortable(await GraphSession.open(graph), signal),
  );
  try {
    const index = label === undefined ? await explainer.likeliest(input) : placeOf(label, labels);
    const explanation = await orFromOutside(method, explainer.defaultMethod, (chosen) =>
      explainer.explain(input, index, { method: chosen, ...(masks !== undefined && { masks }) }),
    );
    const { width, height } = preprocessing.size;
    const factor = Math.max(1, Math.ceil(OVERLAY_SIDE / Math.max(width, height)));
    const size = { width: width * factor, height: height * factor };
    const picture = fit(image, { ...preprocessing, size, channel_order: 'RGB' });
    const { label: short = String(index), name = short } = labels[index] ?? {};
    return { ...explanation, label: short, name, overlay: overlaid(picture, explanation, opacity) };
  } finally {
    await explainer.close();
  }
}

/** Why a method is the default: of the three there are (`Explainer.defaultMethod`). */
const WHY: Partial<Record<Method, string>> = {
  cam: 'The default here: the head of this model is an average and one matrix, for which this map is exact.',
  'hires-cam': 'The default here: the head of this model is more than an average and one matrix.',
  occlusion: 'The default here: this model has no map of features to look into.',
};

/** By the method asked for; where none is, by the default, and where no gradient goes through, from outside. */
async function orFromOutside(
  asked: Method | undefined,
  usual: Method,
  explain: (method: Method) => Promise<Explanation>,
): Promise<Explanation & { readonly why?: string }> {
  if (asked) return explain(asked);
  const why = WHY[usual];
  try {
    return { ...(await explain(usual)), ...(why !== undefined && { why }) };
  } catch (thrown) {
    if (!(thrown instanceof FoveaError && FROM_OUTSIDE_INSTEAD.has(thrown.code))) throw thrown;
    return { ...(await explain('occlusion')), why: `Instead of ${usual}: ${thrown.message}` };
  }
}

/** What a method that only asks for answers does not meet. */
const FROM_OUTSIDE_INSTEAD = new Set(['GRADIENT_UNSUPPORTED', 'EXPLANATION_IMPOSSIBLE']);

/** A runner that stops between two runs: some methods need hundreds. */
const abortable = (runner: Runner, signal: AbortSignal | undefined): Runner => ({
  run(feeds) {
    signal?.throwIfAborted();
    return runner.run(feeds);
  },
  close: () => runner.close(),
});

function placeOf(wanted: string, labels: Manifest['labels']): number {
  const plain = (text: string) => text.trim().toLowerCase();
  const place = labels.findIndex(({ label, name }) =>
    [label, name].some((known) => plain(known) === plain(wanted)),
  );
  if (place >= 0) return place;
  throw new FoveaError('LABEL_UNKNOWN', {
    label: wanted,
    expected: labels.map(({ label, name }) => (label === name ? name : `${label} (${name})`)).join(', '),
  });
}

/**
 * Dark blue over grey to yellow, of evenly rising lightness: told apart with any colour vision, and by nobody taken for
 * a colour of the retina.
 */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [10, 35, 90],
  [60, 75, 110],
  [115, 115, 118],
  [185, 165, 95],
  [255, 230, 70],
];

function colourOf(value: number): readonly [number, number, number] {
  const at = Math.min(Math.max(value, 0), 1) * (COLOURS.length - 1);
  const low = Math.min(Math.floor(at), COLOURS.length - 2);
  const [a, b] = [COLOURS[low]!, COLOURS[low + 1]!];
  return [0, 1, 2].map((c) => a[c]! + (b[c]! - a[c]!) * (at - low)) as [number, number, number];
}

/** The map over the picture: where it is zero the picture is as it was. */
function overlaid(picture: Pixels, map: Explanation, opacity: number): Pixels {
  const { data } = enlarged(map, picture.width, picture.height);
  const out = new Uint8Array(picture.data.length);
  for (let i = 0; i < data.length; i++) {
    const colour = colourOf(data[i]!);
    const share = opacity * data[i]!;
    for (let c = 0; c < 3; c++)
      out[i * 3 + c] = Math.round(picture.data[i * 3 + c]! * (1 - share) + colour[c]! * share);
  }
  return { ...picture, data: out };
}
