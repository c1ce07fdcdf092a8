/**
 * Gradients of ONNX graphs, appended as nodes of the same graph: for explanation and for training.
 *
 * ```ts
 * const { model, given, gradients } = appendGradient(decodeOnnx(bytes), { of: 'labels_output', withRespectTo: ['image'] });
 * const session = await Session.open(encodeOnnx(model));
 * ```
 *
 * @module
 */
export { appendGradient, type GradientModel, type GradientRequest, hasGradient } from './append.ts';
