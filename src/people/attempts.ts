/** How often something may be tried, and how long it then rests. */
export interface AttemptRule {
  /** So many within the window; with the last of them the first rest begins. */
  readonly free: number;
  /** Also the length of the first rest; each that follows is twice as long. */
  readonly windowMs: number;
  readonly mostRestMs: number;
}

/** Names that are remembered at once: 10,000 guesses of names take no more memory than that. */
const MOST_KEYS = 10_000;

/**
 * Counts attempts by key, and lets each wait longer after every one that fails. Only in memory: a new start forgives,
 * and nobody can fill the database by guessing.
 */
export class Attempts {
  readonly #rule: AttemptRule;
  readonly #by = new Map<string, { count: number; since: number; last: number; restsUntil: number }>();

  constructor(rule: AttemptRule) {
    this.#rule = rule;
  }

  /**
   * Before an attempt: counts it where it may be made.
   *
   * @returns milliseconds to wait first (0 = go on), and for how long the key rests if this attempt fails
   */
  begin(key: string, now = Date.now()): { readonly waitMs: number; readonly restMs: number } {
    const { free, windowMs, mostRestMs } = this.#rule;
    const entry = this.#by.get(key) ?? { count: 0, since: now, last: now, restsUntil: 0 };
    if (now < entry.restsUntil) return { waitMs: entry.restsUntil - now, restMs: 0 };
    const isForgiven = entry.count < free ? now - entry.since > windowMs : now - entry.last > 2 * mostRestMs;
    if (isForgiven) [entry.count, entry.since] = [0, now];
    entry.count++;
    entry.last = now;
    const restMs = entry.count < free ? 0 : Math.min(windowMs * 2 ** (entry.count - free), mostRestMs);
    entry.restsUntil = now + restMs;
    // Taken out and put in again, it stands among the youngest.
    this.#by.delete(key);
    this.#by.set(key, entry);
    if (this.#by.size > MOST_KEYS) this.#by.delete(this.#by.keys().next().value!);
    return { waitMs: 0, restMs };
  }

  /** After one that was right: all is forgiven. */
  succeed(key: string): void {
    this.#by.delete(key);
  }
}
