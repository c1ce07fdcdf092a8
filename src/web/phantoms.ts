import { useEffect, useRef, useState } from 'react';
import { withPngText } from '../image/png-text.ts';
import { type FundusParameters, type FundusPhantom, GENERATOR } from '../synth/index.ts';

interface Drawn {
  readonly parameters: FundusParameters;
  readonly phantom: FundusPhantom;
}

/** The phantom of some parameters, drawn in a thread of its own; while one is drawn the one before stays. */
export function usePhantom(parameters: FundusParameters) {
  const [drawn, setDrawn] = useState<Drawn>();
  const [failure, setFailure] = useState<string>();
  const [isDrawing, setDrawing] = useState(true);
  const worker = useRef<Worker>(undefined);
  const latest = useRef(0);
  const key = JSON.stringify(parameters);
  useEffect(() => {
    const made = new Worker(new URL('./phantom-worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    return () => made.terminate();
  }, []);
  useEffect(() => {
    const id = ++latest.current;
    setDrawing(true);
    // A slider on its way asks for many; the last is drawn.
    const timer = setTimeout(() => {
      if (!worker.current) return;
      worker.current.onmessage = ({ data }) => {
        if (data.id !== latest.current) return;
        setDrawing(false);
        setFailure(data.failure);
        if (data.phantom) setDrawn({ parameters: JSON.parse(key), phantom: data.phantom });
      };
      worker.current.postMessage({ id, parameters: JSON.parse(key) });
    }, 120);
    return () => clearTimeout(timer);
  }, [key]);
  return { drawn, failure, isDrawing };
}

/** Draws a phantom on a canvas, some of its masks over it in colours. */
export function paint(
  canvas: HTMLCanvasElement,
  { image, masks, width, height }: FundusPhantom,
  shown: readonly { readonly kind: string; readonly colour: readonly [number, number, number] }[],
): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    let [r, g, b] = [image[3 * i]!, image[3 * i + 1]!, image[3 * i + 2]!];
    for (const { kind, colour } of shown) {
      const share = (0.65 * (masks[kind]?.[i] ?? 0)) / 255;
      r += (colour[0] - r) * share;
      g += (colour[1] - g) * share;
      b += (colour[2] - b) * share;
    }
    pixels.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
}

/** The picture alone as a PNG file that says what it is. */
export async function pictureFile({ parameters, phantom }: Drawn): Promise<File> {
  const canvas = document.createElement('canvas');
  paint(canvas, phantom, []);
  const blob = await new Promise<Blob>((resolve) => canvas.toBlob((made) => resolve(made!), 'image/png'));
  const png = withPngText(new Uint8Array(await blob.arrayBuffer()), {
    Software: GENERATOR,
    Comment: 'Synthetic image of no person. Research use only, not a medical device.',
    Parameters: JSON.stringify(parameters),
  });
  return new File([png as Uint8Array<ArrayBuffer>], `phantom ${parameters.seed}.png`, { type: 'image/png' });
}
