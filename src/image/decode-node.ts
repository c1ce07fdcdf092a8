import sharp, { type Metadata, type Sharp } from 'sharp';
import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import type { Image } from './image.ts';
import { sniff } from './sniff.ts';

/** Four times the pixels of the largest fundus camera at hand (4928 × 3264), 300 MB decoded. */
const MAX_PIXELS = 100_000_000;

// A cache of decoded pictures would keep patients' pictures in memory, and each file is decoded once.
sharp.cache(false);

/**
 * Decodes a picture to the bytes that PIL's `ImageOps.exif_transpose(Image.open(f)).convert("RGB")` gives:
 * upright, alpha dropped, embedded colour profiles ignored. Of 16 bits the upper 8 are kept. Of several pages or
 * frames the first is read.
 *
 * @param bytes JPEG, PNG, TIFF, WebP or GIF, told by content
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `IMAGE_UNRECOGNISED`, `IMAGE_TOO_LARGE`, `IMAGE_DAMAGED`
 */
export async function decode(bytes: Uint8Array): Promise<Image> {
  refuseHollowFile(bytes);
  const kind = sniff(bytes);
  if (!kind?.readable)
    throw new FoveaError('IMAGE_UNRECOGNISED', { received: kind?.name ?? `bytes ${start(bytes)}…` });
  try {
    const source = sharp(bytes, { failOn: 'truncated', limitInputPixels: false, ignoreIcc: true });
    const metadata = await source.metadata();
    refuseTooLarge(metadata);
    return await (metadata.space === 'cmyk' ? decodeCmyk : decodePlain)(source, metadata);
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    throw new FoveaError('IMAGE_DAMAGED', {
      expected: `the whole of ${kind.name}`,
      received: messageOf(cause),
      cause,
    });
  }
}

/**
 * A picture as browsers show it: upright, JPEG, no wider than `width`.
 *
 * @throws FoveaError as `decode`
 */
export async function copyAsJpeg(bytes: Uint8Array, width?: number): Promise<Uint8Array> {
  const kind = sniff(bytes);
  if (!kind?.readable) throw new FoveaError('IMAGE_UNRECOGNISED', { received: kind?.name ?? 'other bytes' });
  try {
    const source = sharp(bytes, { failOn: 'truncated', limitInputPixels: false });
    refuseTooLarge(await source.metadata());
    source.autoOrient().removeAlpha().toColourspace('srgb');
    if (width !== undefined) source.resize({ width, withoutEnlargement: true });
    return await source.jpeg({ quality: COPY_QUALITY }).toBuffer();
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    throw new FoveaError('IMAGE_DAMAGED', { received: messageOf(cause), cause });
  }
}

/** JPEG quality at which no artefact is seen beside the original on a screen (libjpeg's scale). */
const COPY_QUALITY = 92;

async function decodePlain(source: Sharp, { orientation = 1, hasAlpha }: Metadata): Promise<Image> {
  if (orientation > 1) source.autoOrient();
  if (hasAlpha) source.removeAlpha();
  const { data, info } = await source.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} channels`);
  return { width, height, channels, data };
}

/** CMYK without a profile, as PIL turns it into RGB (src/libImaging/Convert.c, `cmyk2rgb`). */
async function decodeCmyk(source: Sharp, { orientation = 1 }: Metadata): Promise<Image> {
  if (orientation > 1) source.autoOrient();
  source.pipelineColourspace('cmyk').toColourspace('cmyk');
  const { data: inks, info } = await source.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels < 4) throw new Error(`${channels} inks`);
  const data = new Uint8Array(width * height * 3);
  for (let s = 0, o = 0; o < data.length; s += channels) {
    const light = 255 - inks[s + 3]!;
    for (let c = 0; c < 3; c++) data[o++] = light - divide255(inks[s + c]! * light);
  }
  return { width, height, channels: 3, data };
}

/** Product of two bytes over 255, rounded: PIL's MULDIV255. */
const divide255 = (product: number) => {
  const x = product + 128;
  return ((x >> 8) + x) >> 8;
};

function refuseTooLarge({ width, height }: Metadata): void {
  if (width * height <= MAX_PIXELS) return;
  const million = (pixels: number) => `${Math.round(pixels / 1e6)} million pixels`;
  throw new FoveaError('IMAGE_TOO_LARGE', {
    expected: `at most ${million(MAX_PIXELS)}`,
    received: `${width} × ${height}, ${million(width * height)}`,
  });
}

/** libvips puts a line for each complaint; the first says what went wrong. */
const messageOf = (cause: unknown) => String(cause instanceof Error ? cause.message : cause).split('\n')[0]!;

const start = (bytes: Uint8Array) =>
  Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** A picture as a PNG file. */
export const encodePng = (image: Image): Promise<Uint8Array> => encoder(image).png().toBuffer();

/** A picture as a JPEG file. */
export const encodeJpeg = (image: Image, quality = 92): Promise<Uint8Array> =>
  encoder(image).jpeg({ quality }).toBuffer();

const encoder = ({ width, height, channels, data }: Image) =>
  sharp(data, { raw: { width, height, channels } });
