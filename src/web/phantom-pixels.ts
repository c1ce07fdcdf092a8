/** A picture of grey or RGB bytes as a canvas takes it. */
export function toRgba(data: Uint8Array, channels: 1 | 3, width: number, height: number): ImageData {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    const last = channels - 1;
    pixels.data[4 * i] = data[at]!;
    pixels.data[4 * i + 1] = data[at + (last && 1)]!;
    pixels.data[4 * i + 2] = data[at + last]!;
    pixels.data[4 * i + 3] = 255;
  }
  return pixels;
}
