import type { Image } from './image.ts';
export function drawRetina(o: { width: number; height: number; seed: number }): Image {
  return { width: o.width, height: o.height, channels: 3, data: new Uint8Array(o.width * o.height * 3) };
}
