import { useQueries } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';

/** Rows that are asked for at once. */
export const WINDOW = 200;

interface Source<A, T> {
  /** What the rows depend on; another key starts at the top. */
  readonly key: readonly unknown[];
  readonly fetch: (
    window: { readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ) => Promise<A>;
  readonly rowsOf: (answer: A) => readonly T[];
  readonly totalOf: (answer: A) => number;
}

/** A list of any length, of which only what is on the screen is fetched. */
export interface Windowed<A, T> {
  /** Undefined until the first answer; of the filter before while the first of another is on its way. */
  readonly total: number | undefined;
  /** Undefined while it is on its way. */
  readonly rowAt: (index: number) => T | undefined;
  /** Says which rows are on the screen, both included. */
  readonly show: (first: number, last: number) => void;
  /** The latest answer, for what it tells beside rows. */
  readonly answer: A | undefined;
  readonly error: unknown;
  readonly refetch: () => void;
}

export function useWindowed<A, T>({ key, fetch, rowsOf, totalOf }: Source<A, T>): Windowed<A, T> {
  const id = JSON.stringify(key);
  const [shown, setShown] = useState({ id, first: 0, last: 0 });
  const { first, last } = shown.id === id ? shown : { first: 0, last: 0 };
  const pages = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const answers = useQueries({
    queries: pages.map((page) => ({
      queryKey: [...key, page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        fetch({ offset: page * WINDOW, limit: WINDOW }, signal),
      gcTime: 60_000,
    })),
  });
  const found = answers.find(({ data }) => data !== undefined)?.data;
  const latest = useRef<{ readonly answer: A }>(undefined);
  if (found !== undefined) latest.current = { answer: found };
  const show = useCallback(
    (from: number, to: number) => {
      const [low, high] = [Math.floor(from / WINDOW), Math.floor(to / WINDOW)];
      setShown((was) =>
        was.id === id && was.first === low && was.last === high ? was : { id, first: low, last: high },
      );
    },
    [id],
  );
  return {
    total: latest.current && totalOf(latest.current.answer),
    rowAt: (index) => {
      const answer = answers[Math.floor(index / WINDOW) - first]?.data;
      return answer && rowsOf(answer)[index % WINDOW];
    },
    show,
    answer: latest.current?.answer,
    error: answers.find(({ error }) => error)?.error,
    refetch: () => {
      for (const answer of answers) void answer.refetch();
    },
  };
}
