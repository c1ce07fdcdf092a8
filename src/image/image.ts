/** A decoded picture: 8-bit samples, interleaved, rows top to bottom, upright (EXIF orientation applied). */
export interface Image {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 3 = RGB, 1 = grey. Alpha is dropped, as PIL's `convert("RGB")` drops it. */
  readonly channels: 1 | 3;
  /** `width × height × channels` values, 0–255. */
  readonly data: Uint8Array;
}
