import { asFoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import type { Explainer, ExplainOptions, Method } from './explain.ts';
import { enlarged, type Map2D } from './maps.ts';
import { blended, type Input, type Layout, shifted, withoutContent } from './pictures.ts';
import { pearson, spearman, ssim } from './similarity.ts';

/** Makes a map of a class; a method by its name, or anything else to be checked. */
export type MapMaker = (explainer: Explainer, input: Input, index: number) => Promise<Map2D>;

export const by =
  (method: Method, options: Omit<ExplainOptions, 'method'> = {}): MapMaker =>
  (explainer, input, index) =>
    explainer.explain(input, index, { ...options, method });

/** A picture as the model takes it, and the class that is looked for. */
export interface Case {
  readonly input: Input;
  readonly index: number;
}

/** How alike maps are before and after a part of the model was lost: means over pictures and draws. */
export interface RandomisationStage {
  /** Layers that lost what they had learnt, from the output backwards. */
  readonly layers: number;
  /** Spearman's rank correlation, −1 to 1. */
  readonly correlation: number;
  /** Structural similarity. */
  readonly ssim: number;
}

export interface RandomisationCheck {
  readonly stages: readonly RandomisationStage[];
  /** Of the last stage, where nothing learnt is left. */
  readonly correlation: number;
  readonly limit: number;
  readonly passed: boolean;
  /** Maps that were compared; those that are empty before cannot be. */
  readonly pictures: number;
}

export interface RandomisationOptions {
  readonly seed?: string | number;
  /** Models drawn for each stage. */
  readonly draws?: number;
  /** Numbers of layers; default 1, 2, 4, … and all. */
  readonly stages?: readonly number[];
}

/**
 * A method passes whose maps of a model that has learnt nothing share less than a quarter of their variance, rank for
 * rank, with those of the model: 0.5² = 0.25. What is left is the picture's doing: light and dark, its round field.
 */
export const RANDOMISATION_LIMIT = 0.5;
/**
 * Maps are compared at this many cells a side or fewer: pixel noise would make any two maps of a noisy method differ, and
 * pass it.
 */
const COMPARED_SIDE = 28;

/**
 * Cascading model randomisation (Adebayo et al. 2018, "Sanity checks for saliency maps"): a method whose maps stay as
 * they are when the model loses what it has learnt shows the picture, not the model.
 */
export async function checkRandomisation(
  explainer: Explainer,
  make: MapMaker,
  cases: readonly Case[],
  { seed = 'randomisation', draws = 3, stages = cascade(explainer.layers) }: RandomisationOptions = {},
): Promise<RandomisationCheck> {
  const kept: { readonly of: Case; readonly map: Map2D }[] = [];
  for (const of of cases) {
    const map = compared(await make(explainer, of.input, of.index));
    if (map.data.some((value) => value > 0)) kept.push({ of, map });
  }
  const results: RandomisationStage[] = [];
  for (const layers of stages) {
    const alike: Likeness[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const other = explainer.randomised(layers, `${seed}/${draw}`);
      try {
        for (const { of, map } of kept) alike.push(...(await likeness(map, make(other, of.input, of.index))));
      } finally {
        await other.close();
      }
    }
    const correlation = mean(alike.map((pair) => pair.correlation));
    results.push({ layers, correlation, ssim: mean(alike.map((pair) => pair.ssim)) });
  }
  const correlation = results.at(-1)?.correlation ?? Number.NaN;
  const passed = kept.length > 0 && correlation <= RANDOMISATION_LIMIT;
  return { stages: results, correlation, limit: RANDOMISATION_LIMIT, passed, pictures: kept.length };
}

interface Likeness {
  readonly correlation: number;
  readonly ssim: number;
}

/** Nothing where a drawn model's numbers overflow: it has no map. */
async function likeness(before: Map2D, making: Promise<Map2D>): Promise<Likeness[]> {
  try {
    const now = compared(await making);
    const { width, height, data } = before;
    return [{ correlation: spearman(data, now.data), ssim: ssim(data, now.data, width, height) }];
  } catch (thrown) {
    if (asFoveaError(thrown).code === 'OUTPUT_NOT_FINITE') return [];
    throw thrown;
  }
}

function cascade(layers: number): number[] {
  const stages: number[] = [];
  for (let n = 1; n < layers; n *= 2) stages.push(n);
  return [...stages, layers];
}

/** Means over blocks, where a map is finer than maps are compared. */
function compared(map: Map2D): Map2D {
  const width = Math.min(map.width, COMPARED_SIDE);
  const height = Math.min(map.height, COMPARED_SIDE);
  const data = new Float32Array(width * height);
  const count = new Float32Array(width * height);
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) {
      const cell = Math.floor((y * height) / map.height) * width + Math.floor((x * width) / map.width);
      data[cell]! += map.data[y * map.width + x]!;
      count[cell]!++;
    }
  }
  return { width, height, data: data.map((sum, i) => sum / count[i]!) };
}

/** How a probability moves while the picture goes, place by place, the map's strongest first. */
export interface Curve {
  /** Probability after each step, the untouched (or wholly blurred) picture first. */
  readonly probabilities: readonly number[];
  /** Mean height of the curve, 0–1. */
  readonly area: number;
}

export interface DeletionInsertion {
  /** The strongest places are blurred first: the lower the area, the more the answer rests on them. */
  readonly deletion: Curve;
  /** They are shown first, on the blurred picture: the higher, the more they suffice. */
  readonly insertion: Curve;
  /** The same with places in an order drawn at random, the mean of several: what a map that knows nothing gets. */
  readonly chance: { readonly deletion: number; readonly insertion: number };
}

const CURVE_STEPS = 28;
/** Random orders go by tiles of a side's 1/14, since single pixels blurred here and there change nothing visible. */
const CHANCE_TILES = 14;
const CHANCE_ORDERS = 3;

/**
 * Deletion and insertion (Petsiuk et al. 2018), with a blurred picture for what is not there: black would be evidence
 * too.
 */
export async function deletionInsertion(
  explainer: Explainer,
  map: Map2D,
  { input, index }: Case,
): Promise<DeletionInsertion> {
  const layout = explainer.layout(input);
  const away = withoutContent(input, layout);
  const curve = async (order: Uint32Array, from: Input, to: Input): Promise<Curve> => {
    const probabilities = await explainer.probabilitiesOf(index, steps(order, from, to, layout));
    return { probabilities, area: trapezoids(probabilities) };
  };
  const order = strongestFirst(enlarged(map, layout.width, layout.height).data);
  const deletion = await curve(order, input, away);
  const insertion = await curve(order, away, input);
  const draws = random('chance order');
  const chance = { deletion: 0, insertion: 0 };
  for (let n = 0; n < CHANCE_ORDERS; n++) {
    const data = Float32Array.from({ length: CHANCE_TILES ** 2 }, () => draws.unit());
    const tiles = { width: CHANCE_TILES, height: CHANCE_TILES, data };
    const any = strongestFirst(enlarged(tiles, layout.width, layout.height).data);
    chance.deletion += (await curve(any, input, away)).area / CHANCE_ORDERS;
    chance.insertion += (await curve(any, away, input)).area / CHANCE_ORDERS;
  }
  return { deletion, insertion, chance };
}

const strongestFirst = (values: Float32Array): Uint32Array =>
  Uint32Array.from(values, (_, i) => i).sort((i, j) => values[j]! - values[i]!);

function* steps(order: Uint32Array, from: Input, to: Input, layout: Layout): Generator<Input> {
  const share = new Float32Array(order.length).fill(1);
  yield from;
  for (let step = 1; step <= CURVE_STEPS; step++) {
    const [first, end] = [step - 1, step].map((n) => Math.round((n * order.length) / CURVE_STEPS)) as [
      number,
      number,
    ];
    for (let i = first; i < end; i++) share[order[i]!] = 0;
    yield blended(from, to, share, layout);
  }
}

const trapezoids = (heights: readonly number[]): number => {
  const inner = heights.slice(1, -1).reduce((sum, height) => sum + height, 0);
  return (inner + (heights[0]! + heights.at(-1)!) / 2) / (heights.length - 1);
};

export interface StabilityCheck {
  /** Pearson's correlation of the map with that of the moved picture, moved back; a mean over shifts. */
  readonly correlation: number;
  readonly worst: number;
  readonly shifts: readonly { readonly dx: number; readonly dy: number; readonly correlation: number }[];
}

/** 1 to 8 pixels, each way and aslant. */
const SHIFTS = [
  [1, 0],
  [0, -2],
  [-3, 3],
  [4, 0],
  [0, 5],
  [-6, 0],
  [0, -7],
  [8, 8],
] as const;

/** Does the map move with the picture? A map that jumps when the camera moves by pixels is no evidence. */
export async function checkStability(
  explainer: Explainer,
  make: MapMaker,
  { input, index }: Case,
): Promise<StabilityCheck> {
  const layout = explainer.layout(input);
  const { width, height } = layout;
  const whole = enlarged(await make(explainer, input, index), width, height).data;
  const shifts: { dx: number; dy: number; correlation: number }[] = [];
  for (const [dx, dy] of SHIFTS) {
    const moved = await make(explainer, shifted(input, dx, dy, layout), index);
    const there = enlarged(moved, width, height).data;
    const [a, b]: [number[], number[]] = [[], []];
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
      for (let x = Math.max(0, -dx); x < Math.min(width, width - dx); x++) {
        a.push(whole[y * width + x]!);
        b.push(there[(y + dy) * width + x + dx]!);
      }
    }
    shifts.push({ dx, dy, correlation: pearson(a, b) });
  }
  const all = shifts.map(({ correlation }) => correlation);
  return { correlation: mean(all), worst: Math.min(...all), shifts };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
