import { type Backward, floatOf, integerOf, type Rule } from './backward.ts';

/** Rules of normalisations. */

/** `[batch, channels, rest]` of a value. */
const threeAxes = (back: Backward, x: string) => back.add('Reshape', [x, back.integers(0, 0, -1)]);

/** At inference each channel is scaled and shifted by what is stored. */
const batchNormalization: Rule = (back, node, [gradient]) => {
  if (integerOf(node, 'training_mode', 0) === 1) throw back.refused(node, 'it is in training mode');
  const [x, gamma, beta, mean, variance] = node.inputs as [string, string, string, string, string];
  const epsilon = { float: floatOf(node, 'epsilon', 1e-5) };
  const zero = back.mul(beta, back.scalar(0));
  const one = back.plus(zero, back.scalar(1));
  const perChannel = (value: string) =>
    back.add('ReduceSum', [threeAxes(back, value), back.integers(0, 2)], { keepdims: 0 });
  return [
    // The same scale without the shift.
    back.wants(x)
      ? back.add('BatchNormalization', [gradient!, gamma, zero, zero, variance], { epsilon })
      : undefined,
    back.wants(gamma)
      ? perChannel(
          back.mul(gradient!, back.add('BatchNormalization', [x, one, zero, mean, variance], { epsilon })),
        )
      : undefined,
    back.wants(beta) ? perChannel(gradient!) : undefined,
    undefined,
    undefined,
  ];
};

/**
 * Through (x − mean) / √(variance + ε) over some axes: (g − mean(g) − n mean(g n)) / √(variance + ε), where n is what
 * came out.
 */
function throughNormal(
  back: Backward,
  x: string,
  gradient: string,
  axes: readonly number[],
  epsilon: number,
): string {
  const mean = (value: string) => back.add('ReduceMean', [value], { axes, keepdims: 1 });
  const centred = back.minus(x, mean(x));
  const root = back.add('Sqrt', [back.plus(mean(back.mul(centred, centred)), back.scalar(epsilon))]);
  const normal = back.over(centred, root);
  const less = back.plus(mean(gradient), back.mul(normal, mean(back.mul(gradient, normal))));
  return back.over(back.minus(gradient, less), root);
}

/** What came out before scale and shift. */
function normalOf(back: Backward, x: string, axes: readonly number[], epsilon: number): string {
  const mean = (value: string) => back.add('ReduceMean', [value], { axes, keepdims: 1 });
  const centred = back.minus(x, mean(x));
  const root = back.add('Sqrt', [back.plus(mean(back.mul(centred, centred)), back.scalar(epsilon))]);
  return back.over(centred, root);
}

const layerNormalization: Rule = (back, node, [gradient]) => {
  const [x, gamma, beta] = node.inputs as [string, string, string | undefined];
  const stated = integerOf(node, 'axis', -1);
  const rank = back.constantOf(gamma)?.shape.length;
  // Counted from the end, for how many axes there are is not known: as many as the scale has.
  if (stated >= 0 && rank === undefined) throw back.refused(node, 'its scale is not a constant');
  const count = stated < 0 ? -stated : rank!;
  const axes = Array.from({ length: count }, (_, i) => i - count);
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const scaled = back.mul(gradient!, gamma);
  return [
    back.wants(x) ? throughNormal(back, x, scaled, axes, epsilon) : undefined,
    back.wants(gamma)
      ? back.unbroadcast(back.mul(gradient!, normalOf(back, x, axes, epsilon)), gamma)
      : undefined,
    back.wants(beta) ? back.unbroadcast(gradient!, beta) : undefined,
  ];
};

/** Each channel of each sample for itself. */
const instanceNormalization: Rule = (back, node, [gradient]) => {
  const [x, gamma, beta] = node.inputs as [string, string, string];
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const [input, given] = [threeAxes(back, x), threeAxes(back, gradient!)];
  const column = back.add('Unsqueeze', [gamma, back.integers(1)]);
  const sum = (value: string) => back.add('ReduceSum', [value, back.integers(0, 2)], { keepdims: 0 });
  return [
    back.wants(x)
      ? back.reshaped(throughNormal(back, input, back.mul(given, column), [-1], epsilon), x)
      : undefined,
    back.wants(gamma) ? sum(back.mul(given, normalOf(back, input, [-1], epsilon))) : undefined,
    back.wants(beta) ? sum(given) : undefined,
  ];
};

export const normalization: Readonly<Record<string, Rule>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
};
