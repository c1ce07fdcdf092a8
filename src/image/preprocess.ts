import { roundHalfToEven } from '../core/round.ts';
import type { Tensor } from '../core/tensor.ts';
import { blankWhiteEdges } from './blank.ts';
import type { Preprocessing } from './contract.ts';
import { containedSize, coverBox } from './crop.ts';
import { fieldBox } from './field.ts';
import type { Image } from './image.ts';
import { type Pixels, resize, sizeOf } from './resize.ts';

type PictureContract = Pick<Preprocessing, 'size' | 'blank' | 'crop' | 'resample' | 'channel_order'>;

/**
 * Prepares a picture for a model: fit, then scale.
 *
 * @param contract the model's
 * @returns shape `[1, height, width, channels]`, or `[1, channels, height, width]` for `channels_first`
 */
export const preprocess = (image: Image, contract: Preprocessing): Tensor<'float32'> =>
  normalise(fit(image, contract), contract);

/**
 * The part of the work that leaves a picture: blank, grey or colour, crop, resize. What a training recipe stores.
 *
 * @param seenOf the picture whose lit field counts, where it is another's: a mask is cut as its photograph is
 * @returns `size` of the contract; 1 channel for `GRAY`, else 3 in the order RGB; values 0–255
 */
export function fit(
  image: Image,
  { size, blank, crop, resample, channel_order }: PictureContract,
  seenOf: Image = image,
): Pixels {
  const blanked = blank ? blankWhiteEdges(image) : image;
  const picture = channel_order === 'GRAY' ? toGrey(blanked) : blanked;
  const fitted = FITS[crop](picture, size, resample, seenOf);
  return channel_order === 'GRAY' || fitted.channels === 3 ? fitted : toColour(fitted);
}

type Fit = (
  picture: Image,
  size: Preprocessing['size'],
  resample: Preprocessing['resample'],
  seenOf: Image,
) => Pixels;

const FITS: Record<Preprocessing['crop'], Fit> = {
  none: (picture, size, resample) => resize(picture, size, resample),
  cover: (picture, size, resample) => resize(picture, size, resample, coverBox(picture, size)),
  contain: (picture, size, resample) => pad(resize(picture, containedSize(picture, size), resample), size),
  field_of_view: (picture, size, resample, seenOf) => {
    const box = fieldBox(seenOf);
    return pad(resize(picture, containedSize(sizeOf(box), size), resample, box), size);
  },
};

/** (x × factor − mean) ÷ deviation, each in its place of the tensor. */
export function normalise(
  { width, height, channels, data }: Pixels,
  contract: Preprocessing,
): Tensor<'float32'> {
  const { rescale_factor, image_mean, image_std, channel_order, data_format } = contract;
  const channelsLast = data_format === 'channels_last';
  const area = width * height;
  const out = new Float32Array(area * channels);
  for (let c = 0; c < channels; c++) {
    const source = channel_order === 'BGR' ? channels - 1 - c : c;
    const mean = image_mean[c]!;
    const deviation = image_std[c]!;
    const [first, step] = channelsLast ? [c, channels] : [c * area, 1];
    for (let i = 0; i < area; i++) {
      out[first + i * step] = (data[i * channels + source]! * rescale_factor - mean) / deviation;
    }
  }
  const shape = channelsLast ? [1, height, width, channels] : [1, channels, height, width];
  return { dtype: 'float32', shape, data: out };
}

/** ITU-R 601 luma in 16-bit fixed point: PIL's `convert("L")` (src/libImaging/Convert.c). */
function toGrey(image: Image): Image {
  if (image.channels === 1) return image;
  const { width, height, data } = image;
  const grey = new Uint8Array(width * height);
  for (let i = 0, s = 0; i < grey.length; i++, s += 3) {
    grey[i] = (data[s]! * 19595 + data[s + 1]! * 38470 + data[s + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data: grey };
}

function toColour({ width, height, data }: Pixels): Pixels {
  const colour = new (data.constructor as Uint8ArrayConstructor)(data.length * 3);
  for (let i = 0; i < data.length; i++) colour.fill(data[i]!, i * 3, i * 3 + 3);
  return { width, height, channels: 3, data: colour };
}

/** Width of the bar at the left and height of that above, as PIL's `ImageOps.pad` places a picture in `size`. */
export const padding = (picture: Preprocessing['size'], size: Preprocessing['size']) =>
  [
    roundHalfToEven((size.width - picture.width) / 2),
    roundHalfToEven((size.height - picture.height) / 2),
  ] as const;

/** Centred on black, as PIL's `ImageOps.pad` places it: half a pixel over goes to the even side. */
function pad(picture: Pixels, { width, height }: Preprocessing['size']): Pixels {
  if (picture.width === width && picture.height === height) return picture;
  const { channels, data } = picture;
  const [left, top] = padding(picture, { width, height });
  const out = new (data.constructor as Uint8ArrayConstructor)(width * height * channels);
  const rowLength = picture.width * channels;
  for (let y = 0; y < picture.height; y++) {
    out.set(
      data.subarray(y * rowLength, (y + 1) * rowLength) as Uint8Array,
      ((top + y) * width + left) * channels,
    );
  }
  return { width, height, channels, data: out };
}
