import type { Person } from '../../people/index.ts';
import { appendAudit, type Database } from '../../store/index.ts';

/** A page asks for the same again and again: one look in so many ms is one. */
const ONE_LOOK_MS = 3600_000;
/** Of looks that are remembered; a day's work of a clinic is below. */
const MOST = 10_000;

/** Who was handed whose data: written into the audit before it leaves. */
export class Looks {
  readonly #db: Database;
  /** Who at what, and when; the oldest first. */
  readonly #last = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param subject what is looked at, e.g. `visit 0189…` */
  async note({ by, login }: Person, subject: string, now = Date.now()): Promise<void> {
    // Where there are no accounts nobody could be named.
    if (by === 'machine') return;
    const key = JSON.stringify([login, subject]);
    if (now - (this.#last.get(key) ?? Number.NEGATIVE_INFINITY) < ONE_LOOK_MS) return;
    await appendAudit(this.#db, { actor: login, action: `${subject.split(' ')[0]}.view`, subject });
    this.#last.delete(key);
    this.#last.set(key, now);
    if (this.#last.size > MOST) this.#last.delete(this.#last.keys().next().value!);
  }
}
