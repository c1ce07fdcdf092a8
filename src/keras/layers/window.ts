import type { Shape } from '../graph.ts';

/** A window that slides over spatial axes: a kernel or a pool. */
export interface Window {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: 'valid' | 'same' | 'causal';
}

/** Pixels that the window spans along an axis. */
const reach = ({ size, dilations }: Window, axis: number) => (size[axis]! - 1) * dilations[axis]! + 1;

/** Sizes after the window has passed (TensorFlow's rules: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2). */
export const outputSize = (window: Window, spatial: Shape): Shape =>
  spatial.map((size, axis) => {
    if (size === null) return null;
    const covered = window.padding === 'valid' ? size - reach(window, axis) + 1 : size;
    return Math.ceil(covered / window.strides[axis]!);
  });

/** ONNX's attributes for the padding: numbers where the sizes are known, else its own rule, which is TensorFlow's. */
export function samePads(
  window: Window,
  spatial: Shape,
): Readonly<Record<string, string | readonly number[]>> {
  if (window.padding === 'valid') return {};
  if (window.padding === 'causal') return { pads: [reach(window, 0) - 1, 0] };
  const totals = spatial.map((size, axis) => {
    if (size === null) return window.strides[axis] === 1 ? reach(window, axis) - 1 : null;
    const outputs = Math.ceil(size / window.strides[axis]!);
    return Math.max((outputs - 1) * window.strides[axis]! + reach(window, axis) - size, 0);
  });
  if (totals.some((total) => total === null)) return { auto_pad: 'SAME_UPPER' };
  const before = totals.map((total) => Math.floor(total! / 2));
  const after = totals.map((total, axis) => total! - before[axis]!);
  return { pads: [...before, ...after] };
}
