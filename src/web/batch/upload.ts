import type { Taken } from '../../server/clinic-contract.ts';
import { type Failure, failureOf, OFFLINE } from '../api.ts';
import { endBatch, type NewBatch, openBatch, sendFiles } from '../shell/room-api.ts';
import type { HandedFile } from './handed-files.ts';
import { LARGE_BYTES, Pieces } from './pieces.ts';

/** Files and bytes of a request at most: small enough that sending one again costs little. */
const GROUP_FILES = 20;
const GROUP_BYTES = 48 * 2 ** 20;
/** Requests side by side. */
const LANES = 4;
/** Milliseconds before what failed is sent again; then it is left to the user. */
const PAUSES = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];
/** What may be over in a moment. */
const PASSING = new Set([
  OFFLINE,
  'INTERNAL',
  'TOO_MANY_REQUESTS',
  'DATABASE_UNAVAILABLE',
  'UPLOAD_OFFSET_WRONG',
]);

export interface UploadState {
  readonly name: string;
  /** Undefined until the server has opened it. */
  readonly batchId: string | undefined;
  readonly total: number;
  /** Files that the server has answered for. */
  readonly sent: number;
  /** Of the large files that are on their way, what has arrived: the sum of their shares. */
  readonly part: number;
  readonly duplicates: number;
  readonly refused: Taken['items'];
  /** Files that could not be sent at all. */
  readonly failed: number;
  readonly phase: 'sending' | 'retrying' | 'done' | 'stopped' | 'failed';
  readonly failure: Failure | undefined;
}

/** Files in requests, neither too many nor too much in one; a large file is alone. */
export function grouped(files: readonly HandedFile[]): HandedFile[][] {
  const groups: HandedFile[][] = [];
  let bytes = Infinity;
  for (const one of files) {
    const last = groups.at(-1);
    const isLarge = [one, last?.[0]].some((each) => each && each.file.size > LARGE_BYTES);
    if (!last || isLarge || last.length >= GROUP_FILES || bytes + one.file.size > GROUP_BYTES) {
      groups.push([one]);
      bytes = one.file.size;
    } else {
      last.push(one);
      bytes += one.file.size;
    }
  }
  return groups;
}

/** Sends the files of one batch, whatever page is looked at meanwhile. */
export class Upload {
  state: UploadState;
  readonly #batch: NewBatch;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  readonly #pieces = new Map<HandedFile, Pieces>();
  readonly #parts = new Map<HandedFile, number>();
  #left: HandedFile[][];

  constructor(files: readonly HandedFile[], batch: NewBatch, onChange: () => void) {
    this.#batch = batch;
    this.#onChange = onChange;
    this.#left = grouped(files);
    this.state = {
      name: batch.name ?? '',
      batchId: undefined,
      total: files.length,
      sent: 0,
      part: 0,
      duplicates: 0,
      refused: [],
      failed: 0,
      phase: 'sending',
      failure: undefined,
    };
  }

  get isGoing(): boolean {
    return this.state.phase === 'sending' || this.state.phase === 'retrying';
  }

  /** Sends what is left; what was sent stays sent. */
  async start(): Promise<void> {
    this.#set({ phase: 'sending', failed: 0, failure: undefined });
    try {
      const id = this.state.batchId ?? (await openBatch(this.#batch)).id;
      this.#set({ batchId: id });
      const failed: HandedFile[][] = [];
      const lane = async () => {
        for (
          let group = this.#left.shift();
          group && !this.#stop.signal.aborted;
          group = this.#left.shift()
        ) {
          if (!(await this.#send(id, group))) failed.push(group);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      if (this.#stop.signal.aborted) return;
      this.#left = failed;
      if (failed.length > 0) {
        this.#set({ phase: 'failed', failed: failed.reduce((sum, group) => sum + group.length, 0) });
        return;
      }
      await endBatch(id);
      this.#set({ phase: 'done', failure: undefined });
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.#set({ phase: 'failed', failure: failureOf(thrown) });
    }
  }

  /** Sends no more; what the server has it keeps. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#set({ phase: 'stopped' });
    if (this.state.batchId) await endBatch(this.state.batchId).catch(() => {});
  }

  /** @returns whether the server has answered for the files */
  async #send(id: string, group: readonly HandedFile[]): Promise<boolean> {
    for (const pause of [...PAUSES, undefined]) {
      try {
        const { items } = await this.#hand(id, group);
        this.#set({
          part: this.#part(),
          // What was on its way when it was stopped still counts.
          phase: this.#stop.signal.aborted ? 'stopped' : 'sending',
          sent: this.state.sent + group.length,
          duplicates: this.state.duplicates + items.filter(({ state }) => state === 'duplicate').length,
          refused: [...this.state.refused, ...items.filter(({ state }) => state === 'refused')],
        });
        return true;
      } catch (thrown) {
        if (this.#stop.signal.aborted) return false;
        const failure = failureOf(thrown);
        const isPassing = PASSING.has(failure.code);
        this.#set({ phase: isPassing && pause ? 'retrying' : this.state.phase, failure });
        if (!isPassing || pause === undefined) return false;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return false;
  }

  /** Sends files in one request, or a large one in pieces. */
  async #hand(id: string, group: readonly HandedFile[]): Promise<Taken> {
    const [one] = group;
    if (!one || one.file.size <= LARGE_BYTES) return sendFiles(id, group, this.#stop.signal);
    const pieces = this.#pieces.get(one) ?? new Pieces(id, one);
    this.#pieces.set(one, pieces);
    const taken = await pieces.send(this.#stop.signal, (share) => {
      this.#parts.set(one, share);
      this.#set({ part: this.#part() });
    });
    this.#pieces.delete(one);
    this.#parts.delete(one);
    return taken;
  }

  #part = () => [...this.#parts.values()].reduce((sum, share) => sum + share, 0);

  #set(change: Partial<UploadState>): void {
    this.state = { ...this.state, ...change };
    this.#onChange();
  }
}
