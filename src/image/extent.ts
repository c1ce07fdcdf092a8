import type { Preprocessing } from './contract.ts';
import { containedSize, coverBox } from './crop.ts';
import { padding } from './preprocess.ts';
import type { Box } from './resize.ts';

/**
 * Where in the original picture the model's input lies: the box, in the picture's pixels, that is stretched over the
 * whole input. Under `cover` it is smaller than the picture, under `contain` larger, by the black bars.
 */
export function inputExtent(
  picture: { readonly width: number; readonly height: number },
  { size, crop }: Pick<Preprocessing, 'size' | 'crop'>,
): Box {
  if (crop === 'none') return [0, 0, picture.width, picture.height];
  if (crop === 'cover') return coverBox(picture, size);
  const contained = containedSize(picture, size);
  const [left, top] = padding(contained, size);
  const [sx, sy] = [picture.width / contained.width, picture.height / contained.height];
  return [-left * sx, -top * sy, (size.width - left) * sx, (size.height - top) * sy];
}
