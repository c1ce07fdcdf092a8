import { useSyncExternalStore } from 'react';

const PLACE = 'fovea.reading.letters';
const listeners = new Set<() => void>();

const subscribe = (onChange: () => void) => {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
};
const areOn = () => localStorage.getItem(PLACE) !== 'off';

/** Whether keys of one character do something: who dictates, or brushes keys, switches them off (WCAG 2.1.4). */
export const useLetters = (): boolean => useSyncExternalStore(subscribe, areOn);

export function setLetters(areWanted: boolean): void {
  localStorage.setItem(PLACE, areWanted ? 'on' : 'off');
  for (const listener of listeners) listener();
}
