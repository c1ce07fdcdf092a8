/** Pictures: decoding, and preparing them for a model by its declared contract. */
export type { Preprocessing, Resample } from './contract.ts';
export { copyAsJpeg, decode, encodeJpeg, encodePng } from './decode-node.ts';
export { type Exif, readExif } from './exif-node.ts';
export { inputExtent } from './extent.ts';
export type { Image } from './image.ts';
export { withPngText } from './png-text.ts';
export { fit, normalise, preprocess } from './preprocess.ts';
export { boundsOf, type Region, takeAway } from './region.ts';
export { type Pixels, resize } from './resize.ts';
export { type FileKind, sniff } from './sniff.ts';
