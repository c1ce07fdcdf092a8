import { useSyncExternalStore } from 'react';

/** A filter that somebody named. */
export interface View {
  readonly name: string;
  readonly query: string;
}

const KEY = 'fovea.views';

const listeners = new Set<() => void>();
let text: string | null | undefined;
let views: readonly View[] = [];

/** The same list as long as nothing changed it, as React wants it. */
function read(): readonly View[] {
  const now = localStorage.getItem(KEY);
  if (now === text) return views;
  text = now;
  views = parse(now);
  return views;
}

function parse(stored: string | null): readonly View[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(found) ? found.filter(isView) : [];
  } catch {
    return [];
  }
}

const isView = (one: unknown): one is View =>
  typeof (one as View | null)?.name === 'string' && typeof (one as View).query === 'string';

function write(next: readonly View[]): void {
  localStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
};

/** The saved views, by name; kept in this browser. */
export function useViews() {
  const all = useSyncExternalStore(subscribe, read);
  return {
    all,
    /** One of the same name gives way. */
    save: (view: View) =>
      write(
        [...read().filter(({ name }) => name !== view.name), view].toSorted((a, b) =>
          a.name.localeCompare(b.name),
        ),
      ),
    remove: (name: string) => write(read().filter((view) => view.name !== name)),
  };
}
