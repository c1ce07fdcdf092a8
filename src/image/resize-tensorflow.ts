import type { Pixels } from './resize.ts';

/**
 * TensorFlow's `tf.image.resize(…, "bilinear")`, bit for bit
 * (https://github.com/tensorflow/tensorflow, core/kernels/image/resize_bilinear_op.cc): half-pixel centres, no
 * antialiasing, single precision, not rounded to bytes. Keras's `image_dataset_from_directory` and `Resizing` use it.
 */
const { fround } = Math;

/** For each output position: the two source positions and how far it lies between them. */
function tapsOf(sourceSize: number, size: number) {
  const scale = fround(sourceSize / size);
  return Array.from({ length: size }, (_, i) => {
    const position = fround(fround(fround(i + 0.5) * scale) - 0.5);
    const floor = Math.floor(position);
    return {
      low: Math.max(floor, 0),
      high: Math.min(Math.ceil(position), sourceSize - 1),
      fraction: fround(position - floor),
    };
  });
}

/** Bytes in, single-precision fractions of 0–255 out. */
export function resizeTensorFlow(
  image: Pixels & { readonly data: Uint8Array },
  width: number,
  height: number,
): Pixels {
  const { channels, data } = image;
  const across = tapsOf(image.width, width);
  const out = new Float32Array(width * height * channels);
  let o = 0;
  for (const { low: y0, high: y1, fraction: dy } of tapsOf(image.height, height)) {
    const above = y0 * image.width * channels;
    const below = y1 * image.width * channels;
    for (const { low: x0, high: x1, fraction: dx } of across) {
      for (let c = 0; c < channels; c++) {
        const topLeft = data[above + x0 * channels + c]!;
        const bottomLeft = data[below + x0 * channels + c]!;
        const top = fround(topLeft + fround((data[above + x1 * channels + c]! - topLeft) * dx));
        const bottom = fround(bottomLeft + fround((data[below + x1 * channels + c]! - bottomLeft) * dx));
        out[o++] = top + fround(fround(bottom - top) * dy);
      }
    }
  }
  return { width, height, channels, data: out };
}
