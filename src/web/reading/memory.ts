/** Keeps what was made last; of too many the one that was not asked for the longest goes. */
export function createMemory<T>(most: number) {
  const kept = new Map<string, T>();
  return {
    get(key: string, make: () => T): T {
      const value = kept.has(key) ? kept.get(key)! : make();
      kept.delete(key);
      kept.set(key, value);
      if (kept.size > most) kept.delete(kept.keys().next().value!);
      forgetIfFailed(kept, key, value);
      return value;
    },
  };
}

/** What could not be made is made again when it is asked for again. */
function forgetIfFailed<T>(kept: Map<string, T>, key: string, value: T): void {
  if (!(value instanceof Promise)) return;
  value.catch(() => {
    if (kept.get(key) === value) kept.delete(key);
  });
}
