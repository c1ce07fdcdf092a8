import type { Visit, VisitImage } from '../../server/clinic-contract.ts';
import type { Reading } from '../../server/contract.ts';
import type { Size } from '../view.ts';
import type { Eye } from './pair-view.ts';

/** One picture that can be looked at beside another. */
export interface ReadingImage {
  readonly id: string;
  /** Null: nobody knows which eye it is of; it is offered on both sides, and says so. */
  readonly eye: Eye | null;
  readonly fileName: string;
  /** Address of the picture as it is looked at, same origin, upright. */
  readonly url: string;
  /** Address of a small one, about 120 pixels wide. */
  readonly thumbnailUrl: string;
  /** Day of its visit, `2026-01-31`. */
  readonly date: string;
  /** Of a visit before the one that is read. */
  readonly isPrior: boolean;
  /** Pixels as the camera took it, which places and lengths are told in; null until it was read. */
  readonly size: Size | null;
  /** What a model said of it; null where none did, or where it is held back. */
  readonly reading: Reading | null;
  /** By the field of its camera; null where that is not set. */
  readonly scale: VisitImage['scale'];
}

/** Wide enough for a whole screen, and for a zoom of two on most. */
const WIDTH = 2048;
const THUMBNAIL_WIDTH = 120;

/** A visit's images as `EyePair` takes them: `[...readingImages(visit), ...readingImages(earlier, true)]`. */
export const readingImages = (
  { date, imageList }: Pick<Visit, 'date' | 'imageList'>,
  isPrior = false,
): ReadingImage[] =>
  imageList.map((image) => ({
    id: image.id,
    eye: image.eye,
    fileName: image.fileName,
    url: pictureUrl(image.id, WIDTH),
    thumbnailUrl: pictureUrl(image.id, THUMBNAIL_WIDTH),
    date,
    isPrior,
    size: image.width && image.height ? { width: image.width, height: image.height } : null,
    reading: lastReading(image),
    scale: image.scale,
  }));

const pictureUrl = (id: string, width: number) =>
  `/api/images/${encodeURIComponent(id)}/picture?width=${width}`;

/** The latest answer of a model; refusals do not count. */
export const lastReading = ({ readings }: Pick<VisitImage, 'readings'>): Reading | null =>
  readings
    .filter(({ reading }) => reading !== null)
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .at(-1)?.reading ?? null;

/** Which image of each eye is shown; null where there is none. */
export type Shown = Readonly<Record<Eye, string | null>>;

/** What one side can show: this visit's first, then those of earlier ones. */
export const imagesOf = (images: readonly ReadingImage[], eye: Eye): ReadingImage[] =>
  images
    .filter((image) => image.eye === eye || image.eye === null)
    .toSorted((a, b) => Number(a.isPrior) - Number(b.isPrior));

/**
 * What is shown when a visit is opened: of each eye the first image of this visit. Images of which nobody knows the eye
 * fill the sides that stay empty, each once.
 */
export function firstShown(images: readonly ReadingImage[]): Shown {
  const current = images.filter(({ isPrior }) => !isPrior);
  const unknown = current.filter(({ eye }) => eye === null).map(({ id }) => id);
  const first = (eye: Eye) => current.find((image) => image.eye === eye)?.id ?? unknown.shift() ?? null;
  const OD = first('OD');
  return { OD, OS: first('OS') };
}

/** The image before or after the one shown, round about. */
export function stepped(images: readonly ReadingImage[], shown: string | null, by: 1 | -1): string | null {
  if (images.length === 0) return null;
  const at = images.findIndex(({ id }) => id === shown);
  if (at < 0) return images[0]!.id;
  return images[(at + by + images.length) % images.length]!.id;
}
