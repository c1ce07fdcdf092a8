import { useCallback, useReducer } from 'react';

/** A picture that the user brought. */
export interface Picture {
  readonly id: string;
  readonly file: File;
  /** Object URL of the file. */
  readonly url: string;
  /** Why it is read although the gate refused it. */
  readonly override?: string;
}

interface Pictures {
  readonly all: readonly Picture[];
  /** Index of the one that is shown; 0 where there is none. */
  readonly at: number;
}

type Action =
  | { readonly do: 'add'; readonly pictures: readonly Picture[] }
  | { readonly do: 'select'; readonly at: number }
  | { readonly do: 'step'; readonly by: number }
  | { readonly do: 'override'; readonly id: string; readonly reason: string }
  | { readonly do: 'remove' }
  | { readonly do: 'clear' };

const within = (at: number, count: number) => Math.max(0, Math.min(count - 1, at));

function next({ all, at }: Pictures, action: Action): Pictures {
  switch (action.do) {
    case 'add':
      return { all: [...all, ...action.pictures], at: all.length };
    case 'select':
      return { all, at: within(action.at, all.length) };
    case 'step':
      return { all, at: within(at + action.by, all.length) };
    case 'override': {
      const { id, reason } = action;
      return { all: all.map((one) => (one.id === id ? { ...one, override: reason } : one)), at };
    }
    case 'remove':
      return { all: all.filter((_, i) => i !== at), at: within(at, all.length - 1) };
    case 'clear':
      return { all: [], at: 0 };
  }
}

let count = 0;

const pictureOf = (file: File): Picture => ({
  id: `picture ${++count}`,
  file,
  url: URL.createObjectURL(file),
});

/** The pictures on the page, in the order in which they came; what is added is shown at once. */
export function usePictures() {
  const [{ all, at }, dispatch] = useReducer(next, { all: [], at: 0 });
  const add = useCallback(
    (files: readonly File[]) => dispatch({ do: 'add', pictures: files.map(pictureOf) }),
    [],
  );
  const select = useCallback((index: number) => dispatch({ do: 'select', at: index }), []);
  const step = useCallback((by: number) => dispatch({ do: 'step', by }), []);
  const override = (id: string, reason: string) => dispatch({ do: 'override', id, reason });
  const remove = () => {
    if (all[at]) URL.revokeObjectURL(all[at].url);
    dispatch({ do: 'remove' });
  };
  const clear = () => {
    for (const { url } of all) URL.revokeObjectURL(url);
    dispatch({ do: 'clear' });
  };
  return { all, at, current: all[at], add, select, step, override, remove, clear };
}
