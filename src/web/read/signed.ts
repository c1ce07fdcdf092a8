import { useSyncExternalStore } from 'react';

/** What was signed last in this tab: its report is asked for when the next visit is open already. */
export interface Signed {
  readonly visitId: string;
  readonly patient: string;
}

let last: Signed | undefined;
const listeners = new Set<() => void>();

export function rememberSigned(signed: Signed | undefined): void {
  last = signed;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useSigned = (): Signed | undefined => useSyncExternalStore(subscribe, () => last);
