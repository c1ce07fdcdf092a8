import { FoveaError } from '../core/errors.ts';
import {
  Explainer,
  type Explanation,
  enlarged,
  type Head,
  type Method,
  type QuadrantEvidence,
  quadrantEvidence,
  type Runner,
} from '../explain/index.ts';
import { decodeOnnx } from '../formats/onnx/decode.ts';
import { decode, fit, type Image, inputExtent, type Pixels, preprocess } from '../image/index.ts';
import { GraphSession, type Manifest, meant } from '../model/index.ts';
import type { PictureFile } from './classify.ts';
import type { MethodCheck } from './explain-check.ts';
import { passedInstead } from './explain-default.ts';
import { restsOn } from './explain-sentence.ts';
import { readCheck } from './explain-store.ts';
import { type GateOptions, passGate } from './gate.ts';
import type { GateReading } from './reading.ts';

export { METHODS, type Method } from '../explain/index.ts';

export interface ExplainedPicture extends Explanation {
  readonly label: string;
  readonly name: string;
  /** What its probability means; null where the model is not calibrated. */
  readonly calibrated: number | null;
  /** Why this method and no other; absent where the caller named it. */
  readonly why?: string;
  /** Where the map lies, in the picture's pixels: left, top, right, bottom; beyond the picture where it has bars. */
  readonly extent: readonly [left: number, top: number, right: number, bottom: number];
  /** The picture as the model sees it, larger, with the map over it. */
  readonly overlay: Pixels;
  /** What the answer rests on, in words, and what is left of it without: of calibrated models in calibrated probabilities. */
  readonly sentence: string;
  /** The picture's quarters: how much of the map each holds, and the probability where it is taken away. */
  readonly quadrants: readonly QuadrantEvidence[];
  /**
   * Whether this map may be shown as evidence: false where its method failed the check for this model, null where it
   * was not checked.
   */
  readonly evidence: boolean | null;
  /** Why, in a sentence or two. */
  readonly evidenceReason: string;
  readonly check: MethodCheck | null;
}

/** `eye`: sides are called nasal and temporal by it; without it by what the gate finds. */
export interface ExplainPictureOptions extends GateOptions {
  /** Label or name of the class; default: the most probable. */
  readonly label?: string;
  readonly method?: Method;
  readonly masks?: number;
  /** How much of the map covers the picture where it is strongest, 0–1. */
  readonly opacity?: number;
  /** Folders of the checks that were kept (see explain-store.ts); without them nothing counts as checked. */
  readonly checks?: readonly string[];
  /** Aborted, no further part of the work is begun, and its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What an explanation needs to know of a model beyond its graph; the hash finds what was checked before. */
export type ExplainedModel = Pick<Manifest, 'preprocessing' | 'labels'> &
  Partial<Pick<Manifest, 'task' | 'output' | 'sha256' | 'modality' | 'calibration'>>;

/** Pixels a side that an overlay has at least. */
const OVERLAY_SIDE = 512;

/**
 * Where in a picture a model sees what it answers, and what is left of the answer without.
 *
 * @param onnx the model's graph, whose contract and labels the manifest holds
 * @throws FoveaError as `classify`, the gate's refusals among them; `LABEL_UNKNOWN`, `EXPLANATION_IMPOSSIBLE`, `GRADIENT_UNSUPPORTED`,
 *   `OUTPUT_NOT_FINITE`
 */
export async function explainPicture(
  { name, bytes }: PictureFile,
  onnx: Uint8Array,
  model: ExplainedModel,
  options: ExplainPictureOptions = {},
): Promise<ExplainedPicture & { readonly gate: GateReading }> {
  const image = await decode(bytes);
  const gate = await passGate(image, name, { modality: model.modality ?? 'unknown' }, options);
  const eye = options.eye ?? gate.laterality.eye;
  return { ...(await explainImage(image, onnx, model, { ...options, ...(eye && { eye }) })), gate };
}

/** The same of a picture that has passed the gate. */
export async function explainImage(
  image: Image,
  onnx: Uint8Array,
  model: ExplainedModel,
  { label, method, masks, opacity = 0.6, eye, checks, signal }: ExplainPictureOptions = {},
): Promise<ExplainedPicture> {
  const { preprocessing, labels } = model;
  const input = preprocess(image, preprocessing);
  const explainer = explainerOf(onnx, model, signal);
  try {
    const meaning = (probabilities: readonly number[]) => meant(probabilities, model);
    const whole = meaning(await explainer.probabilities(input));
    const index = label === undefined ? whole.indexOf(Math.max(...whole)) : placeOf(label, labels);
    const instead =
      method || !checks || !model.sha256
        ? undefined
        : await passedInstead(checks, { ...model, sha256: model.sha256 }, explainer.defaultMethod);
    const chosen = method ?? instead?.method;
    const { fallback, ...explanation } = await explainer.explain(input, index, {
      ...(chosen && { method: chosen }),
      ...(masks !== undefined && { masks }),
    });
    const quadrants = await quadrantEvidence(explainer, explanation, { input, index }, meaning);
    const why = method ? undefined : (fallback ?? instead?.why ?? WHY[explanation.method]);
    const { label: short = String(index), name = short } = labels[index] ?? {};
    const check = (checks && model.sha256 && (await kept(checks, model, explanation.method))) || null;
    return {
      ...explanation,
      label: short,
      name,
      calibrated: model.calibration ? whole[index]! : null,
      ...(why !== undefined && { why }),
      extent: inputExtent(image, preprocessing),
      overlay: overlaid(fitted(image, preprocessing), explanation, opacity),
      sentence: restsOn(quadrants, whole[index]!, name, eye),
      quadrants,
      ...evidenceOf(check),
    };
  } finally {
    await explainer.close();
  }
}

/** Why a method is the default (`Explainer.defaultMethod`). */
const WHY: Partial<Record<Method, string>> = {
  cam: 'The default here: the head of this model is an average and one matrix, for which this map is exact.',
  'hires-cam': 'The default here: the head of this model is more than an average and one matrix.',
  occlusion: 'The default here: this model has no map of features to look into.',
};

/** A runner that stops between two runs: some methods need hundreds. */
const abortable = (runner: Runner, signal: AbortSignal): Runner => ({
  async run(feeds) {
    signal.throwIfAborted();
    return runner.run(feeds);
  },
  close: () => runner.close(),
});

/** What a check says of a map, or that there was none. */
export const evidenceOf = (
  check: MethodCheck | null,
): Pick<ExplainedPicture, 'evidence' | 'evidenceReason' | 'check'> => ({
  evidence: check?.passed ?? null,
  evidenceReason: check?.reason ?? NOT_CHECKED,
  check,
});

const NOT_CHECKED = 'Not checked: nobody has measured what this method is worth for this model.';

const kept = (folders: readonly string[], model: ExplainedModel, method: Method) =>
  readCheck(folders, { ...model, sha256: model.sha256! }, method);

/**
 * A model's graph, opened for explanation.
 *
 * @throws FoveaError `EXPLANATION_IMPOSSIBLE` where our reader does not know the graph, though ONNX Runtime may
 */
export function explainerOf(onnx: Uint8Array, model: ExplainedModel, signal?: AbortSignal): Explainer {
  const channelsLast = model.preprocessing.data_format === 'channels_last';
  const open = async (graph: Uint8Array) => {
    const runner = await GraphSession.open(graph);
    return signal ? abortable(runner, signal) : runner;
  };
  return new Explainer(readGraph(onnx), channelsLast, open, headOf(model));
}

function readGraph(onnx: Uint8Array) {
  try {
    return decodeOnnx(onnx);
  } catch (cause) {
    const reason = `its graph cannot be taken apart. ${cause instanceof Error ? cause.message : cause}`;
    const hint = 'Give the model in float32, not quantised, in operators of ONNX alone.';
    throw new FoveaError('EXPLANATION_IMPOSSIBLE', { method: 'any', reason, hint, cause });
  }
}

/** As `Model.predict` reads an output. */
const headOf = ({ task, output, labels }: ExplainedModel): Head => ({
  ...(output === 'logits' && { activation: task === 'multi_label' ? 'sigmoid' : 'softmax' }),
  complementary: labels.length === 2,
});

function fitted(image: Parameters<typeof fit>[0], preprocessing: Manifest['preprocessing']): Pixels {
  const { width, height } = preprocessing.size;
  const factor = Math.max(1, Math.ceil(OVERLAY_SIDE / Math.max(width, height)));
  const size = { width: width * factor, height: height * factor };
  return fit(image, { ...preprocessing, size, channel_order: 'RGB' });
}

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
