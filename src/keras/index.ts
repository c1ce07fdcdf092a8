/**
 * Opens Keras models of any version as ONNX graphs, without Python and without running anything in them.
 *
 * ```ts
 * import { convertKeras } from 'fovea/keras';
 *
 * const { onnx, inputs, outputs, layers, warnings } = await convertKeras(bytes); // of a .h5 or .keras file
 * const session = await InferenceSession.create(onnx); // onnxruntime-node, or onnxruntime-web in a browser
 * ```
 *
 * @module
 */
export {
  type ConvertedModel,
  type ConvertOptions,
  convertKeras,
  type LayerSummary,
  type Port,
} from './convert.ts';
export type { GraphBuilder, Shape, Value } from './graph.ts';
export type { Emitter, Layer } from './layer.ts';
export type { OpenOptions, Source } from './open.ts';
export type { Replacement } from './replacement.ts';
