import { float } from '../formats/onnx/model.ts';
import { type Backward, type Flow, floatOf, type Rule } from './backward.ts';

/** Rules of operators that work element by element. */

/** y = f(x), with f′ out of x and y. */
const unary =
  (derivative: (back: Backward, x: string, y: string, gradient: string) => string): Rule =>
  (back, node, [gradient]) => [derivative(back, node.inputs[0]!, node.outputs[0]!, gradient!)];

/** The gradient where a condition holds, and zero elsewhere. */
const where = (back: Backward, condition: string, gradient: string) =>
  back.add('Where', [condition, gradient, back.scalar(0)]);

const positive = (back: Backward, x: string) => back.add('Greater', [x, back.scalar(0)]);

const linear: Rule = (_, __, [gradient]) => [gradient];

const add: Rule = (back, { inputs }, [gradient]) =>
  inputs.map((input) => (back.wants(input) ? back.unbroadcast(gradient!, input) : undefined));

const subtract: Rule = (back, { inputs: [a, b] }, [gradient]) => [
  back.wants(a) ? back.unbroadcast(gradient!, a) : undefined,
  back.wants(b) ? back.unbroadcast(back.add('Neg', [gradient!]), b) : undefined,
];

const multiply: Rule = (back, { inputs: [a, b] }, [gradient]) => [
  back.wants(a) ? back.unbroadcast(back.mul(gradient!, b!), a) : undefined,
  back.wants(b) ? back.unbroadcast(back.mul(gradient!, a!), b) : undefined,
];

const divide: Rule = (back, { inputs: [a, b], outputs: [y] }, [gradient]) => {
  const share = back.over(gradient!, b!);
  return [
    back.wants(a) ? back.unbroadcast(share, a) : undefined,
    back.wants(b) ? back.unbroadcast(back.add('Neg', [back.mul(share, y!)]), b) : undefined,
  ];
};

const power: Rule = (back, node, [gradient]) => {
  const [x, p] = node.inputs as [string, string];
  if (back.wants(p)) throw back.refused(node, 'its exponent is not a constant');
  const less = back.minus(p, back.scalar(1));
  const slope = back.mul(p, back.add('Pow', [x, less]));
  return [back.unbroadcast(back.mul(gradient!, slope), x), undefined];
};

/** The smallest or largest of several: to the first that is it, as TensorFlow has it. */
const extreme: Rule = (back, { inputs, outputs: [y] }, [gradient]) => {
  let rest = gradient!;
  return inputs.map((input) => {
    const share = where(back, back.add('Equal', [input, y!]), rest);
    rest = back.minus(rest, share);
    return back.wants(input) ? back.unbroadcast(share, input) : undefined;
  });
};

const sumOrMean =
  (isMean: boolean): Rule =>
  (back, { inputs }, [gradient]) => {
    const share = isMean ? back.over(gradient!, back.scalar(inputs.length)) : gradient!;
    return inputs.map((input) => (back.wants(input) ? back.unbroadcast(share, input) : undefined));
  };

const select: Rule = (back, { inputs: [condition, a, b] }, [gradient]) => [
  undefined,
  back.wants(a) ? back.unbroadcast(where(back, condition!, gradient!), a) : undefined,
  back.wants(b) ? back.unbroadcast(back.add('Where', [condition!, back.scalar(0), gradient!]), b) : undefined,
];

const clip: Rule = (back, { inputs: [x, low, high] }, [gradient]) => {
  const above = low ? where(back, back.add('GreaterOrEqual', [x!, low]), gradient!) : gradient!;
  return [high ? where(back, back.add('LessOrEqual', [x!, high]), above) : above, undefined, undefined];
};

/** x where it is above zero, slope × x below. */
const leaky: Rule = (back, node, [gradient]) => {
  const slope = back.scalar(floatOf(node, 'alpha', 0.01));
  const below = back.mul(gradient!, slope);
  return [back.add('Where', [positive(back, node.inputs[0]!), gradient!, below])];
};

const prelu: Rule = (back, { inputs: [x, slope] }, [gradient]) => {
  const isPositive = positive(back, x!);
  const toX = back.add('Where', [isPositive, gradient!, back.mul(gradient!, slope!)]);
  const below = back.add('Where', [isPositive, back.scalar(0), back.mul(gradient!, x!)]);
  return [toX, back.wants(slope) ? back.unbroadcast(below, slope) : undefined];
};

/** Elu, Selu, Celu: γ x above zero, γ α (exp(x / β) − 1) below; the slope below is (y + γ α) / β. */
const exponential =
  (defaults: { readonly alpha: number; readonly gamma: number }, celu = false): Rule =>
  (back, node, [gradient]) => {
    const alpha = floatOf(node, 'alpha', defaults.alpha);
    const gamma = floatOf(node, 'gamma', defaults.gamma);
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    const sum = back.plus(y, back.scalar(gamma * alpha));
    const slope = celu ? back.over(sum, back.scalar(alpha)) : sum;
    const above = back.mul(gradient!, back.scalar(gamma));
    return [back.add('Where', [positive(back, x), above, back.mul(gradient!, slope)])];
  };

const hardSigmoid: Rule = (back, node, [gradient]) => {
  const y = node.outputs[0]!;
  const inside = back.add('And', [positive(back, y), back.add('Less', [y, back.scalar(1)])]);
  return [where(back, inside, back.mul(gradient!, back.scalar(floatOf(node, 'alpha', 0.2))))];
};

/** x · clip(x/6 + 1/2): its slope is clip(x/6 + 1/2) + x/6 where the clip is open. */
const hardSwish = unary((back, x, _, gradient) => {
  const gate = back.add('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
  const inside = back.add('And', [positive(back, gate), back.add('Less', [gate, back.scalar(1)])]);
  const slope = back.plus(gate, where(back, inside, back.mul(x, back.scalar(1 / 6))));
  return back.mul(gradient, slope);
});

/** Nothing flows back: counts, places and truths. */
const none: Rule = (_, { inputs }) => inputs.map((): Flow => undefined);

export const elementwise: Readonly<Record<string, Rule>> = {
  Identity: linear,
  Dropout: linear,
  Cast: linear,
  Add: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Pow: power,
  Min: extreme,
  Max: extreme,
  Sum: sumOrMean(false),
  Mean: sumOrMean(true),
  Where: select,
  Clip: clip,
  Relu: unary((back, _, y, gradient) => where(back, positive(back, y), gradient)),
  LeakyRelu: leaky,
  PRelu: prelu,
  ThresholdedRelu: unary((back, _, y, gradient) =>
    where(back, back.add('Not', [back.add('Equal', [y, back.scalar(0)])]), gradient),
  ),
  Elu: exponential({ alpha: 1, gamma: 1 }),
  Selu: exponential({ alpha: 1.6732632, gamma: 1.050701 }),
  Celu: exponential({ alpha: 1, gamma: 1 }, true),
  Sigmoid: unary((back, _, y, gradient) => back.mul(gradient, back.mul(y, back.minus(back.scalar(1), y)))),
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Tanh: unary((back, _, y, gradient) => back.mul(gradient, back.minus(back.scalar(1), back.mul(y, y)))),
  Softplus: unary((back, x, _, gradient) => back.mul(gradient, back.add('Sigmoid', [x]))),
  Softsign: unary((back, x, _, gradient) => {
    const root = back.plus(back.scalar(1), back.add('Abs', [x]));
    return back.over(gradient, back.mul(root, root));
  }),
  Erf: unary((back, x, _, gradient) => {
    const bell = back.add('Exp', [back.add('Neg', [back.mul(x, x)])]);
    return back.mul(gradient, back.mul(bell, back.scalar(2 / Math.sqrt(Math.PI))));
  }),
  Exp: unary((back, _, y, gradient) => back.mul(gradient, y)),
  Log: unary((back, x, _, gradient) => back.over(gradient, x)),
  Sqrt: unary((back, _, y, gradient) => back.over(gradient, back.mul(y, back.scalar(2)))),
  Reciprocal: unary((back, _, y, gradient) => back.add('Neg', [back.mul(gradient, back.mul(y, y))])),
  Neg: unary((back, _, __, gradient) => back.add('Neg', [gradient])),
  Abs: unary((back, x, _, gradient) => back.mul(gradient, back.add('Sign', [x]))),
  Sin: unary((back, x, _, gradient) => back.mul(gradient, back.add('Cos', [x]))),
  Cos: unary((back, x, _, gradient) => back.add('Neg', [back.mul(gradient, back.add('Sin', [x]))])),
  ...Object.fromEntries(
    ['Shape', 'Size', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Not', 'And', 'Or', 'Xor']
      .concat([
        'ArgMax',
        'ArgMin',
        'Sign',
        'Floor',
        'Ceil',
        'Round',
        'IsNaN',
        'IsInf',
        'NonZero',
        'ConstantOfShape',
      ])
      .concat(['Range', 'OneHot', 'Constant', 'EyeLike'])
      .map((op) => [op, none]),
  ),
};
