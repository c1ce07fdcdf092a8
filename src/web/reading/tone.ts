/** How a picture is shown; nothing of it is stored in the picture. */
export interface Tone {
  /** The green channel alone, in grey: vessels and haemorrhages stand out, as with a green filter in the camera. */
  readonly isRedFree: boolean;
  readonly isInverted: boolean;
  /** CLAHE on the lightness, or on the green channel where that is shown. */
  readonly isEqualised: boolean;
  /** Added to every value: −0.5 to 0.5 of the whole range. */
  readonly brightness: number;
  /** About mid grey: 0.25–4, 1 = as it is. */
  readonly contrast: number;
  /** 0.25–4, 1 = as it is; above, the dark parts become brighter. */
  readonly gamma: number;
}

export const PLAIN: Tone = {
  isRedFree: false,
  isInverted: false,
  isEqualised: false,
  brightness: 0,
  contrast: 1,
  gamma: 1,
};

export type Dial = 'brightness' | 'contrast' | 'gamma';

/** Where a dial stands, −100 to 100, 0 = as it is. Contrast and gamma are ratios: equal steps multiply. */
export const dialOf = (tone: Tone, dial: Dial): number =>
  Math.round(dial === 'brightness' ? tone.brightness * 200 : Math.log2(tone[dial]) * 50);

/** The tone with a dial turned to −100…100. */
export function dialled(tone: Tone, dial: Dial, position: number): Tone {
  const at = Math.max(-100, Math.min(100, position));
  return { ...tone, [dial]: dial === 'brightness' ? at / 200 : 2 ** (at / 50) };
}

export const isPlain = (tone: Tone): boolean =>
  (Object.keys(PLAIN) as (keyof Tone)[]).every((key) => tone[key] === PLAIN[key]);

/** What becomes of each of the 256 values of a channel: contrast, brightness, gamma, then the negative. */
export function toneTable({ brightness, contrast, gamma, isInverted }: Tone): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 256 }, (_, i) => {
    const straight = (i / 255 - 0.5) * contrast + 0.5 + brightness;
    const bent = Math.max(0, Math.min(1, straight)) ** (1 / gamma);
    return Math.round((isInverted ? 1 - bent : bent) * 255);
  });
}
