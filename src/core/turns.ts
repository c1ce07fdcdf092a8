/**
 * Lets no more than `width` tasks run at a time, in the order in which they asked: each uses all cores, so many at once
 * would only make the first wait for the last.
 *
 * @returns runs a task in its turn; rejects with the signal's reason where that was aborted before
 */
export function takeTurns(width: number): <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task, signal) => {
    if (running < width) running++;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      signal?.throwIfAborted();
      return await task();
    } finally {
      // The place passes straight to the next, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
