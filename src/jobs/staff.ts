import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Worker processes of this machine. */
export interface Staff {
  /** Has them begin, where they have not. */
  call(): void;
  stop(): Promise<void>;
}

/** Below the server's own, so that pages stay quick while a batch is read (setpriority(2): 0 usual, 19 least). */
const PRIORITY = 5;
/** A worker that ends at once is not started again at once. */
const AGAIN_MS = 1000;
/** What is under way may take so long to end. */
const STOP_MS = 20_000;

/**
 * Keeps worker processes: started when first there is work, and again when they end.
 *
 * @param spawn starts one
 */
export function keepStaff(count: number, spawn: () => ChildProcess): Staff {
  const present = new Set<ChildProcess>();
  let [isCalled, isStopping] = [false, false];
  const keep = async () => {
    while (!isStopping) {
      const child = spawn();
      present.add(child);
      try {
        if (child.pid) setPriority(child.pid, PRIORITY);
      } catch {
        // Where the system does not let us they are as quick as everybody else.
      }
      await new Promise<void>((resolve) => {
        child.on('exit', resolve);
        child.on('error', resolve);
      });
      present.delete(child);
      if (!isStopping) await sleep(AGAIN_MS, undefined, { ref: false });
    }
  };
  return {
    call: () => {
      if (isCalled || isStopping) return;
      isCalled = true;
      for (let i = 0; i < count; i++) void keep();
    },
    stop: async () => {
      isStopping = true;
      await Promise.all(
        [...present].map(async (child) => {
          const gone = new Promise((resolve) => child.on('exit', resolve));
          child.kill('SIGTERM');
          const late = new AbortController();
          await Promise.race([
            gone,
            sleep(STOP_MS, undefined, { signal: late.signal }).then(() => child.kill('SIGKILL')),
          ]).catch(() => {});
          late.abort();
        }),
      );
    },
  };
}
