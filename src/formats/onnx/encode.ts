import type { DType, Tensor } from '../../core/tensor.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from './model.ts';
import { type Field, message, written } from './protobuf.ts';

/** IR version 8 goes with operator sets up to 18 and is read by ONNX Runtime 1.14 and later. */
const IR_VERSION = 8;

/** TensorProto.DataType (onnx.proto). */
export const DATA_TYPES: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

/** AttributeProto.AttributeType. */
const ATTRIBUTE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/**
 * The model as the bytes of a ModelProto. Field numbers are those of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Weights are copied once, into the result.
 */
export const encodeOnnx = ({ opset, producer, graph }: OnnxModel): Uint8Array =>
  written(
    message([
      [1, IR_VERSION],
      [2, producer],
      [7, graphMessage(graph)],
      [8, message([[2, opset]])],
    ]),
  );

const graphMessage = ({ name, inputs, outputs, nodes, initializers }: OnnxGraph) =>
  message([
    ...nodes.map((node): Field => [1, nodeMessage(node)]),
    [2, name],
    ...[...initializers].map(([name, tensor]): Field => [5, tensorMessage(name, tensor)]),
    ...inputs.map((value): Field => [11, valueMessage(value)]),
    ...outputs.map((value): Field => [12, valueMessage(value)]),
  ]);

const nodeMessage = ({ op, name, inputs, outputs, attributes }: OnnxNode) =>
  message([
    ...inputs.map((input): Field => [1, input]),
    ...outputs.map((output): Field => [2, output]),
    [3, name],
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attributeMessage(name, value)]),
  ]);

function attributeMessage(name: string, value: OnnxAttribute) {
  const [type, field] = attributeField(value);
  return message([[1, name], ...field, [20, type]]);
}

function attributeField(value: OnnxAttribute): [type: number, fields: Field[]] {
  if (typeof value === 'number') return [ATTRIBUTE.int, [[3, value]]];
  if (typeof value === 'string') return [ATTRIBUTE.string, [[4, value]]];
  if ('float' in value) return [ATTRIBUTE.float, [[2, { float: value.float }]]];
  if ('dtype' in value) return [ATTRIBUTE.tensor, [[5, tensorMessage('', value)]]];
  if ('nodes' in value) return [ATTRIBUTE.graph, [[6, graphMessage(value)]]];
  if ('floats' in value) return [ATTRIBUTE.floats, value.floats.map((item): Field => [7, { float: item }])];
  if (value.length > 0 && value.every((item) => typeof item === 'string')) {
    return [ATTRIBUTE.strings, value.map((item): Field => [9, item])];
  }
  return [ATTRIBUTE.ints, value.map((item): Field => [8, item])];
}

const tensorMessage = (name: string, { dtype, shape, data }: Tensor) =>
  message([
    ...shape.map((size): Field => [1, size]),
    [2, DATA_TYPES[dtype]],
    [8, name],
    [9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  ]);

const valueMessage = ({ name, dtype, shape }: OnnxValue) =>
  message([
    [1, name],
    [
      2,
      message([
        [
          1,
          message([
            [1, DATA_TYPES[dtype]],
            ...(shape ? [[2, message(shape.map(dimension))] satisfies Field] : []),
          ]),
        ],
      ]),
    ],
  ]);

/** An unknown size is a dimension without a value, but for the first, which is the batch. */
const dimension = (size: number | null, axis: number): Field => [
  1,
  message(size !== null ? [[1, size]] : axis === 0 ? [[2, 'batch']] : []),
];
