import {
  by,
  type Case,
  checkPointing,
  checkRandomisation,
  type Explainer,
  type MarkedCase,
  type Mask,
  type Method,
  type PointingCheck,
  type RandomisationCheck,
} from '../explain/index.ts';
import { fit, type Image, preprocess } from '../image/index.ts';
import { type ExplainedModel, explainerOf } from './explain.ts';

/** A picture that a method is checked with: a phantom, say, whose lesions are known to the pixel. */
export interface MarkedPicture {
  readonly image: Image;
  /** Present where the model has a class that the picture is of. */
  readonly truth?: {
    /** Place of the class among the model's labels. */
    readonly index: number;
    /** One channel each, of the picture's size, 0 where nothing is. */
    readonly lesions: Image;
    readonly field: Image;
  };
}

/** What a method's maps of a model are worth, measured. */
export interface MethodCheck {
  readonly method: Method;
  readonly randomisation: RandomisationCheck;
  /** Null where the model has no class that the pictures are of. */
  readonly pointing: PointingCheck | null;
  /** Whether maps of this method are to be shown as evidence. */
  readonly passed: boolean;
  /** One or two sentences. */
  readonly reason: string;
  /** What the pictures are, and of which version. */
  readonly pictures: string;
}

/** Pictures for the randomisation test, which asks for a map of each from every drawn model. */
const RANDOMISATION_PICTURES = 8;
/** Methods that ask a model hundreds of times: they are compared at the last stage alone, with fewer pictures. */
const SLOW = new Set<Method>(['score-cam', 'integrated-gradients', 'smoothgrad', 'occlusion', 'rise']);
const SLOW_PICTURES = 3;
/** Enough for a map's ranks; a map to be looked at takes more. */
const RISE_MASKS = 300;

/**
 * Checks what a method's maps of a model are worth: do they change when the model loses what it has learnt, and does
 * their strongest place lie in a lesion where lesions are known?
 *
 * @param pictures at least one
 * @param about what they are, in words, for the record
 * @throws FoveaError as `Explainer`
 */
export async function checkMethod(
  onnx: Uint8Array,
  model: ExplainedModel,
  pictures: Iterable<MarkedPicture>,
  about: string,
  wanted?: Method,
): Promise<MethodCheck> {
  const { preprocessing } = model;
  const explainer = explainerOf(onnx, model);
  try {
    const { plain, marked } = await prepared(explainer, preprocessing, pictures);
    const method = wanted ?? (await explainer.explain(plain[0]!.input, plain[0]!.index)).method;
    const make = by(method, { masks: RISE_MASKS });
    const slow = SLOW.has(method);
    const randomisation = await checkRandomisation(
      explainer,
      make,
      plain.slice(0, slow ? SLOW_PICTURES : RANDOMISATION_PICTURES),
      slow ? { stages: [explainer.layers], draws: 2 } : {},
    );
    const pointing = marked.length > 0 ? await checkPointing(explainer, make, marked) : null;
    return { method, randomisation, pointing, ...verdict(randomisation, pointing), pictures: about };
  } finally {
    await explainer.close();
  }
}

interface Prepared {
  readonly plain: readonly Case[];
  /** Those of a class of the model's. */
  readonly marked: readonly MarkedCase[];
}

/** The pictures and their masks as the model sees them. */
async function prepared(
  explainer: Explainer,
  contract: ExplainedModel['preprocessing'],
  pictures: Iterable<MarkedPicture>,
): Promise<Prepared> {
  const plain: Case[] = [];
  const marked: MarkedCase[] = [];
  for (const { image, truth } of pictures) {
    const input = preprocess(image, contract);
    const index = truth?.index ?? (await explainer.likeliest(input));
    plain.push({ input, index });
    if (!truth) continue;
    const [lesions, field] = [
      maskSeen(truth.lesions, contract, image),
      maskSeen(truth.field, contract, image),
    ];
    marked.push({ input, index, lesions, field });
  }
  return { plain, marked };
}

/** By the same crop and resizing as the picture; what is there in part is there. */
export function maskSeen(mask: Image, contract: ExplainedModel['preprocessing'], picture: Image): Mask {
  const { width, height, channels, data } = fit(mask, contract, picture);
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => Number(data[i * channels]! > 0)),
  };
}

/** Evidence is what comes from the model, and lies where the disease is more often than by chance. */
function verdict(
  { passed, correlation, limit, pictures }: RandomisationCheck,
  pointing: PointingCheck | null,
): Pick<MethodCheck, 'passed' | 'reason'> {
  if (pictures === 0) return { passed: false, reason: 'Its maps of the test pictures are all empty.' };
  const alike = correlation.toFixed(2);
  if (!passed) {
    const reason = `Its maps stay alike (correlation ${alike}, at most ${limit} allowed) when the model loses all it has learnt: they show the picture, not the model.`;
    return { passed: false, reason };
  }
  const learnt = `Its maps change when the model loses what it has learnt (correlation ${alike}).`;
  if (!pointing) return { passed: true, reason: `${learnt} Whether they point at lesions was not measured.` };
  const { hits, of, random, low } = pointing;
  const points = `Its strongest place lay in a known lesion ${hits} times of ${of}; a random point would ${Math.round(random * of)} times`;
  return low > random
    ? { passed: true, reason: `${learnt} ${points}.` }
    : { passed: false, reason: `${points}: no better than chance.` };
}
