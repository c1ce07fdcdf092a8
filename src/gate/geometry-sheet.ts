/** Least share of all samples that a field on a sheet fills; a sheet of a dozen is the most. */
const LEAST_SHARE = 0.04;
/** A disc fills 0.79 of its box; one that is cut above and below fills more. */
const LEAST_FILL = 0.7;
/** Shorter by longer side of a field's box: parts of one field that a shadow cuts in two are slimmer. */
const LEAST_ROUNDNESS = 0.7;
/** Fields of a sheet are of about one size: the smallest by the largest. */
const LEAST_LIKENESS = 0.5;

/** What is lit, parted. */
export interface Sheet {
  /** Round fields that stand apart; 1 where it is not several. */
  readonly count: number;
  /** The samples of the largest of several; else all. */
  readonly lit: Uint8Array;
}

/**
 * Tells several photographs on one dark sheet from a single one: round lit parts of about one size that do not touch.
 *
 * @param lit 1 where a sample is lit, row by row
 */
export function partSheet(lit: Uint8Array, columns: number, rows: number): Sheet {
  const { parts, owner } = partsOf(lit, columns, rows);
  const round = parts.filter(({ area, width, height }) => {
    const roundness = Math.min(width, height) / Math.max(width, height);
    return (
      area >= LEAST_SHARE * lit.length && roundness >= LEAST_ROUNDNESS && area >= LEAST_FILL * width * height
    );
  });
  const [largest] = round.toSorted((a, b) => b.area - a.area);
  const alike = round.filter(({ area }) => area >= LEAST_LIKENESS * largest!.area);
  if (!largest || alike.length < 2) return { count: 1, lit };
  const own = new Uint8Array(owner.length);
  for (let at = 0; at < own.length; at++) own[at] = owner[at] === largest.number ? 1 : 0;
  return { count: alike.length, lit: own };
}

interface Part {
  readonly number: number;
  readonly area: number;
  readonly width: number;
  readonly height: number;
}

/** Connected parts (sides touch), numbered from 1; `owner`: the part of each sample, 0 = dark. */
function partsOf(lit: Uint8Array, columns: number, rows: number) {
  const owner = new Uint16Array(lit.length);
  const parts: Part[] = [];
  const stack = new Int32Array(lit.length);
  const steps = [-1, 1, -columns, columns];
  for (let seed = 0; seed < lit.length; seed++) {
    if (!lit[seed] || owner[seed]) continue;
    const number = parts.length + 1;
    let [area, left, right, top, bottom] = [0, columns, 0, rows, 0];
    let depth = 0;
    owner[seed] = number;
    stack[depth++] = seed;
    while (depth > 0) {
      const at = stack[--depth]!;
      const x = at % columns;
      const y = (at - x) / columns;
      area++;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      for (const step of steps) {
        const next = at + step;
        const isElsewhere = (step === -1 && x === 0) || (step === 1 && x === columns - 1);
        if (isElsewhere || !lit[next] || owner[next]) continue;
        owner[next] = number;
        stack[depth++] = next;
      }
    }
    parts.push({ number, area, width: right - left + 1, height: bottom - top + 1 });
  }
  return { parts, owner };
}
