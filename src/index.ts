/**
 * Fovea: reads retinal images with any pre-trained Keras model.
 *
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { classify, openModel, readModelFile } from 'fovea';
 *
 * const model = await openModel(await readModelFile('keras_model.h5'), { cache: '/tmp/fovea' });
 * const reading = await classify({ name: 'eye.jpg', bytes: await readFile('eye.jpg') }, model);
 * console.log(reading.predicted, reading.outputs);
 * await model.close();
 * ```
 *
 * Research use only. Not a medical device.
 *
 * @module
 */
export { type ErrorBody, type ErrorCode, FoveaError } from './core/errors.ts';
export { classify, type PictureFile } from './flows/classify.ts';
export { DISCLAIMER } from './flows/disclaimer.ts';
export type { Reading } from './flows/reading.ts';
export { decode, type Image, type Preprocessing, preprocess } from './image/index.ts';
export { convertKeras } from './keras/index.ts';
export { type Manifest, type Model, openModel, Registry, readModelFile } from './model/index.ts';
