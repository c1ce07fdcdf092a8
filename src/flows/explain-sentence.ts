import type { Quadrant, QuadrantEvidence } from '../explain/index.ts';
import type { Eye } from '../gate/index.ts';

/** Shares of the probability that must go for an answer to rest on a place, and to rest on it in part. */
const RESTS = 0.5;
const IN_PART = 0.2;

/**
 * What an answer rests on, in one or two sentences: the quarter that the map points to, and what is left of the
 * probability without it. Where another quarter matters more than the one pointed to, it says so.
 */
export function restsOn(
  quadrants: readonly QuadrantEvidence[],
  probability: number,
  name: string,
  eye?: Eye,
): string {
  const pointed = quadrants.reduce((a, b) => (b.share > a.share ? b : a));
  if (pointed.share === 0) return `The map is empty: no part of the picture speaks for ${name}.`;
  const needed = quadrants.reduce((a, b) => (b.without < a.without ? b : a));
  const place = called(pointed.quadrant, eye);
  const whole = written(probability);
  const change = (without: number) => {
    const left = written(without);
    if (left === whole) return `${name} stays at ${whole}`;
    return `${name} ${without < probability ? 'falls' : 'rises'} from ${whole} to ${left}`;
  };
  const lost = (probability - pointed.without) / probability;
  const first =
    lost >= RESTS
      ? `The answer rests on the ${place}; without it, ${change(pointed.without)}.`
      : lost >= IN_PART
        ? `The answer rests in part on the ${place}; without it, ${change(pointed.without)}.`
        : `The map points to the ${place}, but the answer does not rest on it: without it, ${change(pointed.without)}.`;
  const more = (probability - needed.without) / probability;
  return needed !== pointed && more >= IN_PART && more >= lost + IN_PART
    ? `${first} It rests more on the ${called(needed.quadrant, eye)}: without that, ${change(needed.without)}.`
    : first;
}

/** Two digits, whatever their place: 0.34, 0.0019. */
const written = (probability: number): string =>
  probability >= 0.1 ? probability.toFixed(2) : probability.toPrecision(2);

/** "lower-temporal quadrant" where the eye is known, "lower left quadrant of the picture" else. */
function called(quadrant: Quadrant, eye: Eye | undefined): string {
  if (!eye) return `${quadrant} quadrant of the picture`;
  const [height, side] = quadrant.split(' ') as [string, 'left' | 'right'];
  return `${height}-${(side === 'left') === (eye === 'OD') ? 'temporal' : 'nasal'} quadrant`;
}
