import { useSyncExternalStore } from 'react';

/** Where the page stands, kept in the address behind `#`: back and forward work, and an address can be kept. */
export type Route =
  | { readonly page: 'pictures' }
  | { readonly page: 'synthetic' }
  | { readonly page: 'models' }
  | { readonly page: 'model'; readonly name: string }
  | { readonly page: 'worklist'; readonly query: URLSearchParams }
  | { readonly page: 'read'; readonly visit: string }
  | { readonly page: 'batches' }
  | { readonly page: 'batch'; readonly batch: string }
  | { readonly page: 'patients' }
  | { readonly page: 'patient'; readonly patient: string }
  | { readonly page: 'performance' }
  | { readonly page: 'admin'; readonly tab: string };

export const PICTURES = '#/';
export const SYNTHETIC = '#/synthetic';
export const MODELS = '#/models';
export const WORKLIST = '#/worklist';
export const BATCHES = '#/batches';
export const PATIENTS = '#/patients';
export const PERFORMANCE = '#/performance';
export const ADMIN = '#/admin';

export const modelAddress = (name: string): string => `${MODELS}/${encodeURIComponent(name)}`;
export const visitAddress = (visit: string): string => `#/read/${visit}`;
export const batchAddress = (batch: string): string => `${BATCHES}/${batch}`;
export const patientAddress = (patient: string): string => `${PATIENTS}/${patient}`;
export const adminAddress = (tab: string): string => `${ADMIN}/${tab}`;
export const worklistAddress = (query: string): string => (query ? `${WORKLIST}?${query}` : WORKLIST);

/** First part of an address → the place that it and the part behind it name. */
const PLACES: Readonly<Record<string, (part: string | undefined, query: URLSearchParams) => Route>> = {
  synthetic: () => ({ page: 'synthetic' }),
  models: (name) => (name ? { page: 'model', name } : { page: 'models' }),
  worklist: (_, query) => ({ page: 'worklist', query }),
  read: (visit) => (visit ? { page: 'read', visit } : { page: 'pictures' }),
  batches: (batch) => (batch ? { page: 'batch', batch } : { page: 'batches' }),
  patients: (patient) => (patient ? { page: 'patient', patient } : { page: 'patients' }),
  performance: () => ({ page: 'performance' }),
  admin: (tab = 'settings') => ({ page: 'admin', tab }),
};

/** An address that somebody mistyped leads to the first page. */
export function routeOf(hash: string): Route {
  const [path = '', query] = hash.replace(/^#\//, '').split('?');
  const [first = '', ...rest] = path.split('/');
  try {
    const part = rest.length > 0 ? decodeURIComponent(rest.join('/')) : undefined;
    return (
      (Object.hasOwn(PLACES, first) ? PLACES[first] : undefined)?.(part, new URLSearchParams(query)) ?? {
        page: 'pictures',
      }
    );
  } catch {
    return { page: 'pictures' };
  }
}

const subscribe = (onChange: () => void) => {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
};

export const useRoute = (): Route => routeOf(useSyncExternalStore(subscribe, () => window.location.hash));

export const goTo = (address: string): void => {
  window.location.hash = address;
};

/** Goes on without a step of its own in the history, for what is typed letter by letter. */
export const moveTo = (address: string): void => {
  const before = window.location.href;
  window.history.replaceState(null, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange', { oldURL: before, newURL: window.location.href }));
};
