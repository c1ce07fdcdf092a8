import { FoveaError } from '../core/errors.ts';

/** On a machine that only its own user reaches nobody has to log in; everywhere else everybody does. */
export type Mode = 'single user' | 'accounts';

/** How the server can be reached. */
export interface Exposure {
  /** Address it listens on. */
  readonly host: string;
  /** Whether it has a certificate. */
  readonly hasTls: boolean;
  /** Addresses of proxies that speak TLS before it. */
  readonly proxies: readonly string[];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether a name or address is one that this machine alone reaches. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Whether anybody but the one at this machine can reach the server. */
export const isExposed = ({ host, proxies }: Exposure): boolean => !isLoopback(host) || proxies.length > 0;

export const modeOf = (exposure: Exposure, hasUsers: boolean): Mode =>
  hasUsers || isExposed(exposure) ? 'accounts' : 'single user';

/**
 * What must be so before the server opens its door.
 *
 * @throws FoveaError `TLS_REQUIRED`, `ACCOUNT_REQUIRED`
 */
export function demandSafety(exposure: Exposure, hasAdmin: boolean): void {
  if (!isExposed(exposure)) return;
  if (!exposure.hasTls && exposure.proxies.length === 0) {
    throw new FoveaError('TLS_REQUIRED', {
      reason: 'the server would listen without a certificate',
      expected: 'HOST=127.0.0.1',
      received: `HOST=${exposure.host}`,
    });
  }
  if (!hasAdmin) throw new FoveaError('ACCOUNT_REQUIRED');
}
