import type { Rgba } from './lightness.ts';
import type { LitField } from './lit-field.ts';
import type { Sheet } from './pair-view.ts';

/** What a picture is drawn from: as the browser decoded it, or its equalised pixels. */
export type Source = HTMLImageElement | Rgba;

/** A round glass over the picture: pixels of the canvas. */
export interface Lens {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly power: number;
}

/** One drawing; all lengths in pixels of the canvas. */
export interface Frame {
  readonly sheet: Sheet;
  /** Of `toneTable`. */
  readonly table: Uint8Array<ArrayBuffer>;
  readonly isRedFree: boolean;
  readonly lens: Lens | null;
  /** Each pixel of the picture is drawn as a square: where one is larger than a few of the screen's. */
  readonly isSharp: boolean;
  /** What lies outside stays as it is, dark; null = everything is adjusted. */
  readonly field: LitField | null;
}

/** Draws one picture on one canvas. */
export interface Renderer {
  readonly kind: 'webgl' | 'canvas';
  setSource(source: Source | null): void;
  draw(frame: Frame): void;
  dispose(): void;
}
