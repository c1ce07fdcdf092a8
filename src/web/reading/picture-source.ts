import { useEffect, useState } from 'react';
import { ApiError, call, type Failure } from '../api.ts';
import { loadPicture } from '../load-picture.ts';
import type { ClaheAnswer, ClaheRequest } from './clahe-worker.ts';
import type { Rgba } from './lightness.ts';
import { type LitField, litField } from './lit-field.ts';
import { createMemory } from './memory.ts';
import type { Source } from './renderer.ts';
import type { Tone } from './tone.ts';

/** Decoded pictures kept at hand: two eyes with some fields each, and the visit before. */
const pictures = createMemory<Promise<HTMLImageElement>>(12);
/** Equalised ones: 16 MB each at four megapixels. */
const equalised = createMemory<Promise<Rgba>>(4);

const pictureOf = (url: string): Promise<HTMLImageElement> => pictures.get(url, () => loadPicture(url));

/** Has a picture decoded before anybody looks at it; one that cannot be shown says so when it is looked at. */
export const prepare = (url: string): void => {
  pictureOf(url).catch(() => {});
};

/** Side of the small copy in which the field is looked for. */
const FIELD_SIDE = 256;
const fields = new WeakMap<HTMLImageElement, LitField | null>();

function fieldIn(picture: HTMLImageElement): LitField | null {
  if (!fields.has(picture)) fields.set(picture, litField(pixelsOf(picture, FIELD_SIDE)));
  return fields.get(picture) ?? null;
}

/** How equalising a picture goes by its tone: null where it is not equalised. */
const equalisedBy = ({ isEqualised, isRedFree }: Tone): ClaheRequest['by'] | null =>
  isEqualised ? (isRedFree ? 'green' : 'lightness') : null;

export interface PictureState {
  /** What is drawn; null until it is there. While it is being equalised the plain picture is shown. */
  readonly source: Source | null;
  /** Where it shows an eye; null where all of it is one. */
  readonly field: LitField | null;
  /** Why there is nothing to show; null else. */
  readonly failure: Failure | null;
  readonly isEqualising: boolean;
}

interface Got {
  readonly key: string;
  readonly source: Source | null;
  readonly isFinal: boolean;
}

/** A picture as it is, or why there is none. */
interface Plain {
  readonly url: string;
  readonly source: HTMLImageElement | null;
  readonly failure: Failure | null;
}

/** A browser says of a picture only that it failed: the same address is asked once more, for what the server says. */
const whyNot = (url: string): Promise<Failure> =>
  call(url.replace(/^\/api/, '')).then(
    (answer) => {
      void answer.body?.cancel();
      return UNSHOWABLE;
    },
    (thrown) => (thrown instanceof ApiError ? thrown.failure : UNSHOWABLE),
  );

const UNSHOWABLE: Failure = { code: 'UNSHOWABLE', message: 'This browser cannot show it.' };

/** The picture at an address as its tone wants it. Another address's picture is never shown in its place. */
export function usePictureSource(url: string | null, tone: Tone): PictureState {
  const by = equalisedBy(tone);
  const key = `${by} ${url}`;
  const [got, setGot] = useState<Got>();
  const [plain, setPlain] = useState<Plain>();
  useEffect(() => {
    if (!url) return;
    let isWanted = true;
    const show = (source: Source | null, isFinal: boolean) => isWanted && setGot({ key, source, isFinal });
    pictureOf(url).then(
      (picture) => {
        if (!isWanted) return;
        setPlain({ url, source: picture, failure: null });
        if (by === null) show(picture, true);
        else
          equalise(url, picture, by).then(
            (pixels) => show(pixels, true),
            () => show(picture, true),
          );
      },
      async () => {
        const failure = await whyNot(url);
        if (isWanted) setPlain({ url, source: null, failure });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [url, by, key]);
  const ownPlain = plain?.url === url ? plain : undefined;
  const own = got?.key === key ? got : undefined;
  return {
    source: own?.source ?? ownPlain?.source ?? null,
    field: ownPlain?.source ? fieldIn(ownPlain.source) : null,
    failure: ownPlain?.failure ?? null,
    isEqualising: by !== null && own === undefined && ownPlain !== undefined && ownPlain.source !== null,
  };
}

const equalise = (url: string, picture: HTMLImageElement, by: ClaheRequest['by']): Promise<Rgba> =>
  equalised.get(`${by} ${url}`, () => askWorker(pixelsOf(picture), by));

/** @param longest side, at most; made smaller for it */
function pixelsOf(picture: HTMLImageElement, longest = Number.POSITIVE_INFINITY): Rgba {
  const canvas = document.createElement('canvas');
  const { naturalWidth, naturalHeight } = picture;
  const scale = Math.min(1, longest / Math.max(naturalWidth, naturalHeight));
  canvas.width = Math.max(1, Math.round(naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(naturalHeight * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { width, height, data };
}

interface Waiting {
  readonly done: (picture: Rgba) => void;
  readonly failed: (reason: unknown) => void;
}

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, Waiting>();

/** All pictures share one thread: they are looked at one or two at a time. */
function askWorker(picture: Rgba, by: ClaheRequest['by']): Promise<Rgba> {
  worker ??= startWorker();
  const id = ++asked;
  worker.postMessage({ id, by, picture } satisfies ClaheRequest, { transfer: [picture.data.buffer] });
  return new Promise((done, failed) => waiting.set(id, { done, failed }));
}

function startWorker(): Worker {
  const started = new Worker(new URL('./clahe-worker.ts', import.meta.url), { type: 'module' });
  started.onmessage = ({ data }: MessageEvent<ClaheAnswer>) => {
    waiting.get(data.id)?.done(data.picture);
    waiting.delete(data.id);
  };
  // A thread that died (memory) answers nobody; the next one asked starts another.
  started.onerror = (event) => {
    worker = undefined;
    started.terminate();
    for (const { failed } of waiting.values()) failed(event);
    waiting.clear();
  };
  return started;
}
