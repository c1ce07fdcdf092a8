import { roundHalfToEven } from '../core/round.ts';
import type { Box } from './resize.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The largest centred part of a picture with the aspect ratio of `size`: the box of PIL's `ImageOps.fit`
 * (https://github.com/python-pillow/Pillow, src/PIL/ImageOps.py), fractions of pixels and all.
 */
export function coverBox({ width, height }: Size, size: Size): Box {
  const ratio = width / height;
  const wanted = size.width / size.height;
  const cropWidth = ratio > wanted ? wanted * height : width;
  const cropHeight = ratio < wanted ? width / wanted : height;
  const left = (width - cropWidth) * 0.5;
  const top = (height - cropHeight) * 0.5;
  return [left, top, left + cropWidth, top + cropHeight];
}

/** The largest size of the picture's own aspect ratio that `size` holds: that of PIL's `ImageOps.contain`. */
export function containedSize({ width, height }: Size, size: Size): Size {
  const ratio = width / height;
  const wanted = size.width / size.height;
  if (ratio > wanted)
    return { width: size.width, height: Math.max(1, roundHalfToEven((height / width) * size.width)) };
  if (ratio < wanted)
    return { width: Math.max(1, roundHalfToEven((width / height) * size.height)), height: size.height };
  return size;
}
