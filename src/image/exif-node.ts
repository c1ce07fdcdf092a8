import readExifBlock from 'exif-reader';
import sharp from 'sharp';

/** What a camera wrote into a file beside the picture. */
export interface Exif {
  /** Moment, ISO 8601, by the camera's clock taken as UTC: EXIF knows no zone. */
  readonly takenAt?: string;
  /** Maker and model. */
  readonly camera?: string;
  /** Descriptions and comments. */
  readonly text?: string;
}

/** Longest text that is looked at. */
const LONGEST = 2000;

/** Reads the EXIF of a picture; nothing where there is none, or none that can be read. */
export async function readExif(bytes: Uint8Array): Promise<Exif> {
  try {
    const { exif } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (!exif) return {};
    const { Image = {}, Photo = {} } = readExifBlock(exif);
    const moment = Photo.DateTimeOriginal ?? Photo.DateTimeDigitized ?? Image.DateTime;
    const camera = [Image.Make, Image.Model].map(textOf).filter(Boolean).join(' ');
    const text = [Image.ImageDescription, Photo.UserComment].map(textOf).filter(Boolean).join(' ');
    return {
      ...(moment instanceof Date && !Number.isNaN(moment.getTime()) && { takenAt: moment.toISOString() }),
      ...(camera && { camera: camera.slice(0, 100) }),
      ...(text && { text: text.slice(0, LONGEST) }),
    };
  } catch {
    return {};
  }
}

/** Comments begin with eight bytes that name their alphabet (EXIF 2.32, 4.6.5). */
const textOf = (value: unknown): string => {
  const text =
    typeof value === 'string'
      ? value
      : value instanceof Uint8Array
        ? Buffer.from(value.subarray(8)).toString()
        : '';
  return [...text]
    .filter((c) => c >= ' ')
    .join('')
    .trim();
};
