import { type Image, resize } from '../image/index.ts';

/** RGB bytes of a picture shrunk (or grown) until its longer side is the network's; its shape is kept. */
export interface SmallPicture {
  readonly width: number;
  readonly height: number;
  /** `width × height × 3`, 0–255. */
  readonly data: Uint8Array;
}

/** PIL's bilinear kernel, as the network was trained with (`plain` in training/gate_modality.py). */
export function smallPicture({ width, height, channels, data }: Image, side: number): SmallPicture {
  const scale = side / Math.max(width, height);
  const size = {
    width: Math.max(1, roundHalfEven(width * scale)),
    height: Math.max(1, roundHalfEven(height * scale)),
  };
  const small = resize({ width, height, channels, data }, size, 'pil_bilinear').data as Uint8Array;
  return { ...size, data: channels === 3 ? small : tripled(small) };
}

/** Python's `round`. */
function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

function tripled(grey: Uint8Array): Uint8Array {
  const data = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) data.fill(grey[i]!, i * 3, i * 3 + 3);
  return data;
}
