import { FoveaError } from '../core/errors.ts';
import type { Role } from './roles.ts';

/** Who asks. */
export interface Person {
  /** Null for the one who sits at the machine. */
  readonly id: string | null;
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** By what they are known: an account by its session or one of its tokens, or by sitting at the machine. */
  readonly by: 'session' | 'token' | 'machine';
}

/** Where there are no accounts: the one who sits at this machine, with every right. */
export const LOCAL: Person = {
  id: null,
  login: 'local',
  name: 'Local user',
  role: 'admin',
  by: 'machine',
};

/** Names that the audit has for others than accounts. */
export const RESERVED_LOGINS: ReadonlySet<string> = new Set(['local', 'fovea', 'unknown']);

/**
 * A token that leaked must not be able to make others, nor to lock its owner out.
 *
 * @throws FoveaError `FORBIDDEN`
 */
export function refuseToken(by: Person): void {
  if (by.by !== 'token') return;
  throw new FoveaError('FORBIDDEN', { reason: 'a token cannot do it', hint: 'Log in with an account.' });
}
