/**
 * Seeded random numbers: the same key gives the same numbers on every machine that runs V8 (Node, Chromium). V8 carries
 * its own logarithm, sine and exponential (a port of fdlibm), so that the derived distributions agree to the bit too;
 * another engine may differ in the last place.
 */
export interface Random {
  /** Uniform from 0 (included) to 1 (excluded), 32 bits. */
  unit(): number;
  /** Uniform from `low` to `high`. */
  range(low: number, high: number): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** Normal, cut at `cut` standard deviations (default 3) by drawing again: no eye without a disc by chance. */
  normal(mean?: number, deviation?: number, cut?: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of them. */
  pick<T>(choices: readonly T[]): T;
  /** An independent stream, told by its name alone: what is drawn from one does not shift another. */
  fork(name: string | number): Random;
}

/**
 * @param key a number or text; equal keys give equal streams
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, seeded by cyrb128, a hash of the key.
 */
export function random(key: string | number): Random {
  const name = String(key);
  let [a, b, c, d] = hash(name);
  const bits = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // The first numbers still resemble the key.
  for (let i = 0; i < 12; i++) bits();
  const unit = () => bits() / 2 ** 32;
  const gauss = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return {
    unit,
    range: (low, high) => low + (high - low) * unit(),
    whole: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    normal: (mean = 0, deviation = 1, cut = 3) => {
      for (;;) {
        const z = gauss();
        if (Math.abs(z) <= cut) return mean + deviation * z;
      }
    },
    chance: (probability) => unit() < probability,
    pick: (choices) => choices[Math.floor(unit() * choices.length)]!,
    fork: (child) => random(`${name}/${child}`),
  };
}

/** cyrb128 (bryc, public domain): text → four 32-bit words. */
function hash(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
