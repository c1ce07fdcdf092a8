import { useSyncExternalStore } from 'react';

/** Who reads sits in the dark: there the page is dark unless somebody wants it otherwise, whatever the system is. */
export type Scheme = 'dark' | 'light';

const KEY = 'fovea.reading-scheme';
const listeners = new Set<() => void>();

const read = (): Scheme => (localStorage.getItem(KEY) === 'light' ? 'light' : 'dark');

export function setReadingScheme(scheme: Scheme): void {
  localStorage.setItem(KEY, scheme);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useReadingScheme = (): Scheme => useSyncExternalStore(subscribe, read);
