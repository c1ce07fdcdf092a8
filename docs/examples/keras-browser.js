// Bundled by Vite or any other bundler, after `npm install fovea onnxruntime-web`.
import { convertKeras } from 'fovea/keras';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

env.wasm.numThreads = 1; // More need a page that is cross-origin isolated.

const output = document.querySelector('output');

document.querySelector('input').addEventListener('change', async ({ target }) => {
  try {
    const bytes = new Uint8Array(await target.files[0].arrayBuffer());
    const { onnx, inputs, outputs } = await convertKeras(bytes);
    const session = await InferenceSession.create(onnx);
    const shape = inputs[0].shape.map((size) => size ?? 1);
    const grey = new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5);
    const results = await session.run({ [inputs[0].name]: new Tensor('float32', grey, shape) });
    output.value = JSON.stringify(Array.from(results[outputs[0].name].data));
  } catch (error) {
    output.value = `${error.code ?? 'ERROR'}: ${error.message}`;
  }
});
