import { useSyncExternalStore } from 'react';

/**
 * Where the page stands, kept in the address behind `#`: the pictures, or one model's own page. Back and forward work,
 * and an address can be kept.
 */
export type Route =
  | { readonly page: 'pictures' }
  | { readonly page: 'synthetic' }
  | { readonly page: 'model'; readonly name: string };

export const modelAddress = (name: string): string => `#/models/${encodeURIComponent(name)}`;

export const PICTURES = '#/';

export const SYNTHETIC = '#/synthetic';

export function routeOf(hash: string): Route {
  if (hash === SYNTHETIC) return { page: 'synthetic' };
  const name = /^#\/models\/(.+)$/.exec(hash)?.[1];
  if (name === undefined) return { page: 'pictures' };
  try {
    return { page: 'model', name: decodeURIComponent(name) };
  } catch {
    return { page: 'pictures' }; // An address that somebody mistyped.
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
