import type { Tensor } from '../../core/tensor.ts';

/** ONNX's model in memory, as much of onnx.proto as Fovea uses (https://onnx.ai/onnx/repo-docs/IR.html). */
export interface OnnxModel {
  /** Operator set of the default domain. */
  readonly opset: number;
  readonly producer: string;
  readonly graph: OnnxGraph;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** In an order in which each value is made before it is used. */
  readonly nodes: readonly OnnxNode[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, Tensor>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: Tensor['dtype'];
  /**
   * A size is null where it is not known (the first is then written as the parameter "batch"), and the whole where not
   * even the number of axes is.
   */
  readonly shape: readonly (number | null)[] | null;
}

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  /** An empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Numbers are integers unless wrapped by `float`, as ONNX keeps the two apart. */
export type OnnxAttribute =
  | number
  | readonly number[]
  | string
  | readonly string[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | Tensor
  | OnnxGraph;

/** A floating-point attribute. */
export const float = (value: number): { readonly float: number } => ({ float: value });
