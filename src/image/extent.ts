import type { Preprocessing } from './contract.ts';
import { containedSize, coverBox } from './crop.ts';
import { fieldBox } from './field.ts';
import type { Image } from './image.ts';
import { padding } from './preprocess.ts';
import { type Box, sizeOf } from './resize.ts';

/**
 * Where in the original picture the model's input lies: the box, in the picture's pixels, that is stretched over the
 * whole input. Under `cover` it is smaller than the picture, under `contain` larger, by the black
 * bars; under `field_of_view` it is the square about the lit field.
 */
export function inputExtent(picture: Image, { size, crop }: Pick<Preprocessing, 'size' | 'crop'>): Box {
  const whole: Box = [0, 0, picture.width, picture.height];
  if (crop === 'none') return whole;
  if (crop === 'cover') return coverBox(picture, size);
  const kept = crop === 'field_of_view' ? fieldBox(picture) : whole;
  const contained = containedSize(sizeOf(kept), size);
  const [left, top] = padding(contained, size);
  const sx = sizeOf(kept).width / contained.width;
  const sy = sizeOf(kept).height / contained.height;
  return [
    kept[0] - left * sx,
    kept[1] - top * sy,
    kept[0] + (size.width - left) * sx,
    kept[1] + (size.height - top) * sy,
  ];
}
