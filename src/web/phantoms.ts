import { useEffect, useRef, useState } from 'react';
import { withPngText } from '../image/png-text.ts';
import { type Phantom, type PhantomParameters, phantomText, type SetItem } from '../synth/index.ts';
import { toRgba } from './phantom-pixels.ts';
import type { PhantomAnswer, PhantomRequest } from './phantom-worker.ts';

interface Drawn {
  readonly parameters: PhantomParameters;
  readonly phantom: Phantom;
}

const startWorker = () => new Worker(new URL('./phantom-worker.ts', import.meta.url), { type: 'module' });
const ask = (worker: Worker, request: PhantomRequest) => worker.postMessage(request);

/** The phantom of some parameters, drawn in a thread of its own; while one is drawn the one before stays. */
export function usePhantom(parameters: PhantomParameters) {
  const [drawn, setDrawn] = useState<Drawn>();
  const [failure, setFailure] = useState<string>();
  const [isDrawing, setDrawing] = useState(true);
  const worker = useRef<Worker>(undefined);
  const latest = useRef(0);
  const key = JSON.stringify(parameters);
  useEffect(() => {
    const made = startWorker();
    worker.current = made;
    return () => made.terminate();
  }, []);
  useEffect(() => {
    const id = ++latest.current;
    setDrawing(true);
    // A slider on its way asks for many; the last is drawn.
    const timer = setTimeout(() => {
      if (!worker.current) return;
      worker.current.onmessage = ({ data }: MessageEvent<PhantomAnswer>) => {
        if (data.id !== latest.current) return;
        setDrawing(false);
        setFailure('failure' in data ? data.failure : undefined);
        if ('phantom' in data) setDrawn({ parameters: JSON.parse(key), phantom: data.phantom });
      };
      ask(worker.current, { id, parameters: JSON.parse(key) });
    }, 120);
    return () => clearTimeout(timer);
  }, [key]);
  return { drawn, failure, isDrawing };
}

let shared: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (phantom: Phantom | undefined) => void>();

/** One phantom, drawn in a thread that all who ask share; undefined where it cannot be drawn. */
export function drawPhantom(parameters: PhantomParameters): Promise<Phantom | undefined> {
  if (!shared) {
    shared = startWorker();
    shared.onmessage = ({ data }: MessageEvent<PhantomAnswer>) => {
      waiting.get(data.id)?.('phantom' in data ? data.phantom : undefined);
      waiting.delete(data.id);
    };
  }
  const id = ++asked;
  ask(shared, { id, parameters });
  return new Promise((resolve) => waiting.set(id, resolve));
}

/** A set of phantoms being drawn into an archive, in a thread of its own. */
export function usePhantomSet(onArchive: (archive: Blob) => void) {
  const [progress, setProgress] = useState<{ readonly drawn: number; readonly of: number }>();
  const [failure, setFailure] = useState<string>();
  const worker = useRef<Worker>(undefined);
  const stop = () => {
    worker.current?.terminate();
    worker.current = undefined;
    setProgress(undefined);
  };
  useEffect(() => () => worker.current?.terminate(), []);
  const start = (items: readonly SetItem[], masks: boolean) => {
    stop();
    setFailure(undefined);
    setProgress({ drawn: 0, of: items.length });
    const made = startWorker();
    worker.current = made;
    made.onmessage = ({ data }: MessageEvent<PhantomAnswer>) => {
      if ('drawn' in data) setProgress({ drawn: data.drawn, of: items.length });
      else {
        if ('archive' in data) onArchive(new Blob([data.archive], { type: 'application/zip' }));
        else if ('failure' in data) setFailure(data.failure);
        stop();
      }
    };
    ask(made, { id: 1, items, masks });
  };
  return { progress, failure, start, stop };
}

/** Draws a phantom on a canvas, some of its masks over it in colours. */
export function paint(
  canvas: HTMLCanvasElement,
  { image, channels, masks, width, height }: Phantom,
  shown: readonly { readonly kind: string; readonly colour: readonly [number, number, number] }[],
): void {
  canvas.width = width;
  canvas.height = height;
  const pixels = toRgba(image, channels, width, height);
  for (const { kind, colour } of shown) {
    const mask = masks[kind];
    if (!mask) continue;
    for (let i = 0; i < width * height; i++) {
      if (!mask[i]) continue;
      for (let channel = 0; channel < 3; channel++)
        pixels.data[4 * i + channel]! += (colour[channel]! - pixels.data[4 * i + channel]!) * 0.6;
    }
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}

/** The picture alone as a PNG file that says what it is. */
export async function pictureFile({ parameters, phantom }: Drawn): Promise<File> {
  const canvas = document.createElement('canvas');
  paint(canvas, phantom, []);
  const blob = await new Promise<Blob>((resolve) => canvas.toBlob((made) => resolve(made!), 'image/png'));
  const png = withPngText(new Uint8Array(await blob.arrayBuffer()), phantomText(parameters));
  const kind = parameters.modality === 'fundus' ? '' : ` ${parameters.modality}`;
  return new File([png as Uint8Array<ArrayBuffer>], `phantom ${parameters.seed}${kind}.png`, {
    type: 'image/png',
  });
}
