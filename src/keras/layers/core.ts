import { type Shape, vector } from '../graph.ts';
import { type Emitter, known, type Layer, type LayerTable, only } from '../layer.ts';
import { withActivation } from './activation.ts';

/** Passed on as it is: what acts in training alone. */
const identity: Emitter = (layer, inputs) => only(inputs, layer);

const dense: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const {
    weights: [kernel],
    bias,
  } = layer.weightsAndBias('kernel');
  const units = kernel!.shape.at(-1)!;
  const features = x.shape.at(-1) ?? null;
  if (features !== null && features !== kernel!.shape[0]) {
    throw layer.invalid(`its kernel of ${kernel!.shape.join('×')} does not fit ${features} features`);
  }
  const k = layer.constant('kernel', kernel!);
  const [b] = bias;
  const shape = [...x.shape.slice(0, -1), units];
  const name =
    x.shape.length === 2
      ? layer.node('Gemm', [x.name, k, ...bias])
      : b === undefined
        ? layer.node('MatMul', [x.name, k])
        : layer.node('Add', [layer.node('MatMul', [x.name, k], {}, '/product'), b]);
  return withActivation(layer, { name, shape, channelsFirst: false });
};

/** A product of tensors written as an equation, such as "abc,cd->abd" (keras.layers.EinsumDense). */
const einsumDense: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const equation = layer.text('', 'equation').replaceAll(' ', '');
  const biased = layer.setting('bias_axes') != null;
  const [kernel, bias] = layer.weights('kernel', ...(biased ? ['bias'] : []));
  const product = layer.node('Einsum', [x.name, layer.constant('kernel', kernel!)], { equation }, '/product');
  const name = bias ? layer.node('Add', [product, layer.constant('bias', bias)]) : product;
  const shape = einsumShape(layer, equation, x.shape, kernel!.shape);
  return withActivation(layer, { name, shape, channelsFirst: false });
};

/** Sizes of the result by its letters; "…" stands for the axes that have none. */
function einsumShape(layer: Layer, equation: string, x: Shape, kernel: Shape): Shape {
  const [left = '', right = ''] = equation.split('->');
  const [first = '', second = ''] = left.split(',');
  const [front = '', back] = first.split('...');
  const named = (word: string, sizes: Shape) =>
    [...word].map((letter, i) => [letter, sizes[i] ?? null] as const);
  const letters = new Map([
    ...named(front, x),
    ...named(back ?? '', x.slice(x.length - (back ?? '').length)),
    ...named(second.replace('...', ''), kernel),
  ]);
  const unnamed = back === undefined ? [] : x.slice(front.length, x.length - back.length);
  if (!left || !right) throw layer.invalid(`its equation "${equation}" is not one`);
  return [...right.replace('...', '.')].flatMap((letter) =>
    letter === '.' ? unnamed : [letters.get(letter) ?? null],
  );
}

/** A learned factor a channel (keras.applications.convnext). */
const layerScale: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const [gamma] = layer.weights('gamma');
  return { ...x, name: layer.node('Mul', [x.name, layer.constant('gamma', gamma!)]) };
};

/** The first plus so many times the second (keras.applications.inception_resnet_v2). */
const scaledSum: Emitter = (layer, inputs) => {
  const [first, second] = inputs;
  if (!first || !second || inputs.length !== 2) throw layer.unsupported('it takes two inputs');
  const b = layer.graph.stored(second, first.channelsFirst);
  const scaled = layer.node('Mul', [b.name, layer.scalar('scale', layer.number(1, 'scale'))], {}, '/scaled');
  return { ...first, name: layer.node('Add', [first.name, scaled]) };
};

/** x × scale + offset, each a number or one a channel. */
const rescaling: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const factor = (name: string, fallback: number) => {
    const value = layer.setting(name) ?? fallback;
    if (Array.isArray(value)) return layer.constant(name, vector(Float32Array.from(value, Number)));
    return layer.scalar(name, layer.number(fallback, name));
  };
  const scaled = layer.node('Mul', [x.name, factor('scale', 1)], {}, '/scaled');
  return { ...x, name: layer.node('Add', [scaled, factor('offset', 0)]) };
};

/** (x − mean) ÷ max(√variance, ε) along one axis; the moments stand in the config or are weights. */
const normalization: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const rank = x.shape.length;
  const stated = layer.setting('axis');
  const axis = Array.isArray(stated)
    ? stated.length === 0
      ? null
      : stated[0]
    : stated === undefined
      ? -1
      : stated;
  if (Array.isArray(stated) && stated.length > 1) throw layer.unsupported('it works along several axes');
  const [mean, variance] = moments(layer);
  const along = axis === null ? null : (Number(axis) + rank) % rank;
  const shape = Array.from({ length: rank }, (_, i) =>
    i === along ? known(x.shape[i], layer, 'the number of channels') : 1,
  );
  const spread = (data: Float32Array) =>
    ({ dtype: 'float32', shape: along === null ? [] : shape, data }) as const;
  const deviation = variance.map((v) => Math.max(Math.sqrt(v), EPSILON));
  const centre = layer.constant('mean', spread(mean));
  const scale = layer.constant('deviation', spread(deviation));
  if (layer.flag(false, 'invert')) {
    return { ...x, name: layer.node('Add', [layer.node('Mul', [x.name, scale], {}, '/scaled'), centre]) };
  }
  return { ...x, name: layer.node('Div', [layer.node('Sub', [x.name, centre], {}, '/centred'), scale]) };
};

/** keras.backend.epsilon() */
const EPSILON = 1e-7;

function moments(layer: Parameters<Emitter>[0]): [mean: Float32Array, variance: Float32Array] {
  const given = [layer.setting('mean'), layer.setting('variance')];
  if (given.every((m) => m !== undefined && m !== null)) {
    return given.map((m) => Float32Array.from([m].flat(9) as number[])) as [Float32Array, Float32Array];
  }
  const names = layer.weightCount === 2 ? ['mean', 'variance'] : ['mean', 'variance', 'count'];
  const [mean, variance] = layer.weights(...names);
  return [mean!.data, variance!.data];
}

/** Names of layers that act in training alone (keras.layers: regularisation and augmentation). */
const TRAINING_ONLY = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
  'AugMix',
  'AutoContrast',
  'CutMix',
  'MixUp',
  'RandAugment',
  'RandomBrightness',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomContrast',
  'RandomElasticTransform',
  'RandomErasing',
  'RandomFlip',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHeight',
  'RandomHue',
  'RandomInvert',
  'RandomPerspective',
  'RandomPosterization',
  'RandomRotation',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomTranslation',
  'RandomWidth',
  'RandomZoom',
  'Solarization',
  // keras.applications.convnext
  'StochasticDepth',
  'Identity',
];

export const coreLayers: LayerTable = {
  ...Object.fromEntries(TRAINING_ONLY.map((name) => [name, identity])),
  Dense: dense,
  // Keras 1's Dense at every step, which later versions' Dense does by itself.
  TimeDistributedDense: dense,
  EinsumDense: einsumDense,
  Rescaling: rescaling,
  LayerScale: layerScale,
  CustomScaleLayer: scaledSum,
  Normalization: normalization,
};
