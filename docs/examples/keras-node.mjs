// node keras-node.mjs MODEL.h5: what a Keras model answers for a grey picture.
import { readFile } from 'node:fs/promises';
import { convertKeras } from 'fovea/keras';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const { onnx, inputs, outputs } = await convertKeras(await readFile(process.argv[2]));
const session = await InferenceSession.create(onnx);
const shape = inputs[0].shape.map((size) => size ?? 1);
const grey = new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5);
const results = await session.run({ [inputs[0].name]: new Tensor('float32', grey, shape) });
console.log(outputs[0].activation, Array.from(results[outputs[0].name].data));
