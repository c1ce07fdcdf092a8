import { fittedSize } from '../view.ts';
import { adjustPixels } from './adjust-pixels.ts';
import type { Frame, Lens, Renderer, Source } from './renderer.ts';
import { sizeOf } from './webgl-renderer.ts';

/** Longest side that is adjusted pixel by pixel: as wide as pictures are asked for (images.ts). */
const LONGEST = 2048;

/** Draws without a graphics card: adjusted once for each tone, then copied. */
export function canvasRenderer(canvas: HTMLCanvasElement): Renderer {
  const context = canvas.getContext('2d', { alpha: false })!;
  let source: Source | null = null;
  let adjusted: { readonly key: string; readonly canvas: HTMLCanvasElement } | undefined;

  const adjustedFor = (from: Source, frame: Frame) => {
    const key = `${frame.isRedFree} ${JSON.stringify(frame.field)} ${frame.table}`;
    if (adjusted?.key !== key) adjusted = { key, canvas: adjust(from, frame) };
    return adjusted.canvas;
  };
  const copy = (picture: HTMLCanvasElement, { sheet, isSharp }: Frame) => {
    context.imageSmoothingEnabled = !isSharp;
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, sheet.left, sheet.top, sheet.width, sheet.height);
  };
  return {
    kind: 'canvas',
    setSource(next) {
      source = next;
      adjusted = undefined;
    },
    draw(frame) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = '#000';
      context.fillRect(0, 0, canvas.width, canvas.height);
      if (!source || frame.sheet.width === 0) return;
      const picture = adjustedFor(source, frame);
      copy(picture, frame);
      if (frame.lens) throughLens(context, frame.lens, () => copy(picture, frame));
    },
    dispose() {
      source = null;
      adjusted = undefined;
    },
  };
}

function adjust(source: Source, frame: Frame): HTMLCanvasElement {
  const size = sizeOf(source);
  const shown =
    Math.max(size.width, size.height) > LONGEST
      ? fittedSize(size, { width: LONGEST, height: LONGEST })
      : size;
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(shown.width));
  canvas.height = Math.max(1, Math.round(shown.height));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  if (source instanceof HTMLImageElement) context.drawImage(source, 0, 0, canvas.width, canvas.height);
  else context.drawImage(whole(source), 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  adjustPixels({ width: pixels.width, height: pixels.height, data: pixels.data }, frame);
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function whole({ width, height, data }: Exclude<Source, HTMLImageElement>): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')!.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

function throughLens(
  context: CanvasRenderingContext2D,
  { x, y, radius, power }: Lens,
  draw: () => void,
): void {
  context.save();
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.clip();
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  context.translate(x, y);
  context.scale(power, power);
  context.translate(-x, -y);
  draw();
  context.restore();
}
