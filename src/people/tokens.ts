import { FoveaError } from '../core/errors.ts';
import { type Person, refuseToken } from './person.ts';
import type { PeopleStore, Token } from './ports.ts';
import { demandMayGive, isAtLeast, LEAST, lowerOf, type Role } from './roles.ts';
import { hashSecret, makeSecret } from './secrets.ts';

/** By which people, and programs that look for leaked secrets, know one. */
export const TOKEN_PREFIX = 'fvt_';
const DAY_MS = 24 * 60 * 60_000;
/** A token for ever is one that nobody remembers. */
export const MOST_DAYS = 366;
export const USUAL_DAYS = 90;
const SEEN_EVERY_MS = 60_000;

export interface TokenWish {
  /** What it is for. */
  readonly name: string;
  readonly role: Role;
  /** Days until it expires, 1 to `MOST_DAYS`. */
  readonly days?: number | undefined;
}

/**
 * Makes a token for programs that act for somebody.
 *
 * @returns the token's description, and its text, which is shown this once
 * @throws FoveaError `FORBIDDEN` for a role above one's own, for one who came by a token, and where there are no accounts
 */
export async function makeToken(
  store: PeopleStore,
  by: Person,
  { name, role, days = USUAL_DAYS }: TokenWish,
  now = new Date(),
): Promise<{ token: Token; text: string }> {
  const userId = demandSession(by);
  demandMayGive(by.role, role);
  const text = `${TOKEN_PREFIX}${makeSecret()}`;
  return store.atOnce(async (store) => {
    const expiresAt = new Date(now.getTime() + Math.min(days, MOST_DAYS) * DAY_MS);
    const token = await store.keepToken({
      hash: hashSecret(text),
      name: name.trim(),
      userId,
      role,
      expiresAt,
    });
    await store.audit({
      actor: by.login,
      action: 'token.add',
      subject: `token ${token.id}`,
      detail: { role, expiresAt: expiresAt.toISOString() },
    });
    return { token, text };
  });
}

/** Own tokens; to an administrator everybody's. */
export const tokensFor = (store: PeopleStore, by: Person): Promise<Token[]> =>
  isAtLeast(by.role, LEAST['manage users']) ? store.tokens() : store.tokens(demandSession(by));

/** @throws FoveaError `NOT_FOUND` for one that is not there, or is another's; `FORBIDDEN` */
export async function revokeToken(store: PeopleStore, by: Person, id: string): Promise<void> {
  const userId = demandSession(by);
  const ofUser = isAtLeast(by.role, LEAST['manage users']) ? undefined : userId;
  await store.atOnce(async (store) => {
    if (!(await store.revokeToken(id, ofUser))) throw new FoveaError('NOT_FOUND');
    await store.audit({ actor: by.login, action: 'token.revoke', subject: `token ${id}` });
  });
}

/**
 * Who a token acts for, with its role or the owner's where that has sunk below.
 *
 * @throws FoveaError `TOKEN_INVALID`
 */
export async function personOfToken(store: PeopleStore, text: string, now = new Date()): Promise<Person> {
  const found = text.startsWith(TOKEN_PREFIX) ? await store.token(hashSecret(text)) : undefined;
  if (!found) throw new FoveaError('TOKEN_INVALID');
  const { token, user } = found;
  const isExpired = token.expiresAt !== null && now.getTime() >= Date.parse(token.expiresAt);
  if (token.revoked || isExpired || user.disabled) throw new FoveaError('TOKEN_INVALID');
  const last = token.lastUsedAt === null ? 0 : Date.parse(token.lastUsedAt);
  if (now.getTime() - last >= SEEN_EVERY_MS) await store.touchToken(token.id, now);
  return {
    id: user.id,
    login: user.login,
    name: user.name,
    role: lowerOf(token.role, user.role),
    by: 'token',
  };
}

/** @returns id of the account that is logged in */
function demandSession(by: Person): string {
  refuseToken(by);
  if (by.id) return by.id;
  throw new FoveaError('FORBIDDEN', {
    reason: 'there are no accounts, so nothing asks for a token',
    hint: 'Add an account first: `fovea user add LOGIN --role admin`.',
  });
}
