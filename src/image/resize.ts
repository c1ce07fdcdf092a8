import { FoveaError } from '../core/errors.ts';
import type { Resample } from './contract.ts';
import { resizeOpenCv } from './resize-opencv.ts';
import { resizePil } from './resize-pil.ts';
import { resizeTensorFlow } from './resize-tensorflow.ts';

/** Interleaved samples, rows top to bottom: bytes, or the fractions that TensorFlow's resize leaves. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Float32Array;
}

/** Part of a picture, in pixels, with fractions as PIL allows them: left, top, right, bottom. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Width and height of a box. */
export const sizeOf = ([left, top, right, bottom]: Box) => ({ width: right - left, height: bottom - top });

/** Byte pictures in, `width` × `height` out. */
export type Resizer = (
  image: Pixels & { readonly data: Uint8Array },
  width: number,
  height: number,
  box: Box,
) => Pixels;

const resizers: Record<Resample, Resizer> = {
  pil_nearest: resizePil('nearest'),
  pil_box: resizePil('box'),
  pil_bilinear: resizePil('bilinear'),
  pil_bicubic: resizePil('bicubic'),
  pil_lanczos: resizePil('lanczos'),
  opencv_bilinear: wholePixels(resizeOpenCv),
  tensorflow_bilinear: wholePixels(resizeTensorFlow),
};

/**
 * Resizes a part of a picture with the kernel of the library that a model was trained with, bit for bit.
 *
 * @param image 8-bit picture
 * @param size of the result, pixels
 * @param box the part to take, default the whole; fractions of pixels count for the PIL kernels, the others round
 * @returns bytes, but for `tensorflow_bilinear`, which leaves fractions as TensorFlow does
 * @throws FoveaError `CONTRACT_INVALID` for a box outside the picture
 */
export function resize(
  image: Pixels & { readonly data: Uint8Array },
  { width, height }: { readonly width: number; readonly height: number },
  resample: Resample,
  box: Box = [0, 0, image.width, image.height],
): Pixels {
  const [left, top, right, bottom] = box;
  if (
    !(left >= 0 && top >= 0 && right <= image.width && bottom <= image.height && left < right && top < bottom)
  ) {
    const reason = `the box ${box.join(', ')} is not inside a picture of ${image.width} × ${image.height}`;
    throw new FoveaError('CONTRACT_INVALID', { reason });
  }
  return resizers[resample](image, width, height, box);
}

/** OpenCV and TensorFlow resize whole arrays: a part is cut out first, at whole pixels. */
function wholePixels(
  resizer: (image: Pixels & { readonly data: Uint8Array }, width: number, height: number) => Pixels,
): Resizer {
  return (image, width, height, box) => resizer(cut(image, box), width, height);
}

function cut(
  image: Pixels & { readonly data: Uint8Array },
  box: Box,
): Pixels & { readonly data: Uint8Array } {
  const [left, top, right, bottom] = box.map(Math.round) as unknown as Box;
  if (left === 0 && top === 0 && right === image.width && bottom === image.height) return image;
  const { channels } = image;
  const width = Math.max(1, right - left);
  const height = Math.max(1, bottom - top);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}
