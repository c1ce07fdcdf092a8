import { type Exposure, isExposed, type Mode, modeOf, type PeopleStore } from '../../people/index.ts';

/** `fovea user add` beside a running server is heeded within this time. */
const LOOK_AGAIN_MS = 1000;

/** Whether people have to log in; looked up anew for as long as they do not. */
export class ModeKeeper {
  readonly #people: PeopleStore;
  readonly #exposure: Exposure;
  #mode: Mode | undefined;
  #lookedAt = 0;

  constructor(people: PeopleStore, exposure: Exposure) {
    this.#people = people;
    this.#exposure = exposure;
    if (isExposed(exposure)) this.#mode = 'accounts';
  }

  async now(): Promise<Mode> {
    // Accounts are never removed, so there is no way back.
    if (this.#mode === 'accounts') return this.#mode;
    if (this.#mode && Date.now() - this.#lookedAt < LOOK_AGAIN_MS) return this.#mode;
    const asked = Date.now();
    this.#mode = modeOf(this.#exposure, await this.#people.hasUsers());
    this.#lookedAt = asked;
    return this.#mode;
  }

  /** To be called when an account was added. */
  lookAgain(): void {
    this.#lookedAt = 0;
  }
}
