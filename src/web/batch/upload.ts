import type { Taken } from '../../server/clinic-contract.ts';
import { type Failure, failureOf, OFFLINE } from '../api.ts';
import { endBatch, type NewBatch, openBatch, sendFiles } from '../shell/room-api.ts';
import type { HandedFile } from './handed-files.ts';

/** Files and bytes of a request at most: small enough that sending one again costs little. */
const GROUP_FILES = 20;
const GROUP_BYTES = 48 * 2 ** 20;
/** Requests side by side. */
const LANES = 4;
/** Milliseconds before what failed is sent again; then it is left to the user. */
const PAUSES = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];

export interface UploadState {
  readonly name: string;
  /** Undefined until the server has opened it. */
  readonly batchId: string | undefined;
  readonly total: number;
  /** Files that the server has answered for. */
  readonly sent: number;
  readonly duplicates: number;
  readonly refused: Taken['items'];
  /** Files that could not be sent at all. */
  readonly failed: number;
  readonly phase: 'sending' | 'retrying' | 'done' | 'stopped' | 'failed';
  readonly failure: Failure | undefined;
}

/** Files in requests, neither too many nor too much in one. */
export function grouped(files: readonly HandedFile[]): HandedFile[][] {
  const groups: HandedFile[][] = [];
  let bytes = Infinity;
  for (const one of files) {
    const last = groups.at(-1);
    if (!last || last.length >= GROUP_FILES || bytes + one.file.size > GROUP_BYTES) {
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
        const { items } = await sendFiles(id, group, this.#stop.signal);
        this.#set({
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
        const isPassing =
          failure.code === OFFLINE || failure.code === 'INTERNAL' || failure.code === 'TOO_MANY_REQUESTS';
        this.#set({ phase: isPassing && pause ? 'retrying' : this.state.phase, failure });
        if (!isPassing || pause === undefined) return false;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return false;
  }

  #set(change: Partial<UploadState>): void {
    this.state = { ...this.state, ...change };
    this.#onChange();
  }
}
