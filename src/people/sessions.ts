import { FoveaError } from '../core/errors.ts';
import { newPassword, plainLogin } from './accounts.ts';
import { hashPassword, isOutdated, isPassword } from './password.ts';
import type { Person } from './person.ts';
import type { PeopleStore, User } from './ports.ts';
import { hashSecret, makeSecret } from './secrets.ts';

const MINUTE = 60_000;
/** A working day; then everybody logs in anew, however busy. */
export const SESSION_MS = 12 * 60 * MINUTE;
/** NIST SP 800-63B, 4.2.3 (AAL2): after 30 minutes without a request. */
export const IDLE_MS = 30 * MINUTE;
/** When a session was seen is written down this exactly, not at every request. */
const SEEN_EVERY_MS = MINUTE;

/** What somebody who logs in is given. */
export interface LoggedIn {
  readonly person: Person;
  /** For the cookie; the database has its hash alone. */
  readonly secret: string;
  readonly expiresAt: Date;
}

/** Somebody who is let in by another's word. */
export interface Vouched {
  readonly login: string;
  /** Where the request comes from, for the audit. */
  readonly address: string;
  /** Secret of the session that the browser has already: it ends, so that nobody goes on with one that they had planted. */
  readonly replaces?: string | undefined;
}

export interface LogIn extends Vouched {
  readonly password: string;
  /** For how long this login rests if it is wrong, for the audit. */
  readonly restMs?: number;
}

/** Verified where nobody has that login, so that the answer takes as long as for one who does. */
const nobody = hashPassword(makeSecret());

/**
 * Begins a session.
 *
 * @throws FoveaError `LOGIN_WRONG`: the same for a wrong password, an unknown login and a disabled account
 */
export async function logIn(
  store: PeopleStore,
  { login, password, address, restMs, replaces }: LogIn,
  now = new Date(),
): Promise<LoggedIn> {
  const user = await store.userByLogin(plainLogin(login));
  const fits = await isPassword(password, user?.password ?? (await nobody));
  if (!user || !fits || user.disabled) {
    await store.audit({
      // What was typed as a login may have been a password.
      actor: user?.login ?? 'unknown',
      action: 'login.fail',
      subject: user ? `user ${user.login}` : 'user unknown',
      detail: {
        address,
        ...(user?.disabled && { disabled: true }),
        ...(restMs && { restSeconds: restMs / 1000 }),
      },
    });
    throw new FoveaError('LOGIN_WRONG');
  }
  const renewed = isOutdated(user.password) ? await hashPassword(password) : undefined;
  return store.atOnce(async (store) => {
    if (renewed) await store.changeUser(user.id, { password: renewed });
    return enter(store, user, { address, replaces }, now);
  });
}

/**
 * Begins a session of somebody whom the OpenID provider vouches for.
 *
 * @throws FoveaError `OPENID_REFUSED` where they have no account here, or a disabled one
 */
export async function logInVouched(
  store: PeopleStore,
  { login, address, replaces }: Vouched,
  now = new Date(),
): Promise<LoggedIn> {
  const user = await store.userByLogin(plainLogin(login));
  if (!user || user.disabled) {
    await store.audit({
      actor: user?.login ?? 'unknown',
      action: 'login.fail',
      subject: user ? `user ${user.login}` : 'user unknown',
      detail: { address, by: 'openid', ...(user && { disabled: true }) },
    });
    throw new FoveaError('OPENID_REFUSED', {
      reason: user ? 'the account here is disabled' : 'there is no account here of that name',
      received: login.slice(0, 200),
    });
  }
  return store.atOnce((store) => enter(store, user, { address, replaces, by: 'openid' }, now));
}

async function enter(
  store: PeopleStore,
  user: User,
  { address, replaces, by }: Omit<Vouched, 'login'> & { readonly by?: 'openid' },
  now: Date,
): Promise<LoggedIn> {
  if (replaces) await store.endSession(hashSecret(replaces));
  await store.forgetSessions(now, new Date(now.getTime() - IDLE_MS));
  await store.audit({
    actor: user.login,
    action: 'login',
    subject: `user ${user.login}`,
    detail: { address, ...(by && { by }) },
  });
  return begin(store, user, now);
}

/**
 * Who a session's secret belongs to; undefined for one that is unknown, too old, idle for too long, or of a disabled account.
 *
 * @param isBackground a page asks by itself: nobody need be there, and the session goes on being idle
 */
export async function personOfSession(
  store: PeopleStore,
  secret: string,
  now = new Date(),
  isBackground = false,
): Promise<Person | undefined> {
  const hash = hashSecret(secret);
  const session = await store.session(hash);
  if (!session || session.user.disabled) return undefined;
  const idle = now.getTime() - Date.parse(session.seenAt);
  if (now.getTime() >= Date.parse(session.expiresAt) || idle >= IDLE_MS) return undefined;
  if (idle >= SEEN_EVERY_MS && !isBackground) await store.touchSession(hash, now);
  return asPerson(session.user);
}

/** Ends a session. */
export async function logOut(store: PeopleStore, secret: string, by: Person): Promise<void> {
  await store.atOnce(async (store) => {
    await store.endSession(hashSecret(secret));
    await store.audit({ actor: by.login, action: 'logout', subject: `user ${by.login}` });
  });
}

/**
 * Gives oneself another password, which ends all one's sessions, and begins a new one.
 *
 * @throws FoveaError `LOGIN_WRONG` where the present password is another; `PASSWORD_WEAK`; `FORBIDDEN` without an account
 */
export async function changeOwnPassword(
  store: PeopleStore,
  by: Person,
  { current, next }: { readonly current: string; readonly next: string },
  now = new Date(),
): Promise<LoggedIn> {
  const user = by.by === 'session' ? await store.userByLogin(by.login) : undefined;
  if (!user) throw new FoveaError('FORBIDDEN', { reason: 'it takes an account and its session' });
  if (!(await isPassword(current, user.password)) || user.disabled) {
    await store.audit({
      actor: user.login,
      action: 'login.fail',
      subject: `user ${user.login}`,
      detail: { at: 'change of password' },
    });
    throw new FoveaError('LOGIN_WRONG', { hint: 'Give the present password first.' });
  }
  const password = await newPassword(next, user.login);
  return store.atOnce(async (store) => {
    await store.changeUser(user.id, { password });
    await store.endSessionsOf(user.id);
    await store.audit({
      actor: user.login,
      action: 'user.change',
      subject: `user ${user.login}`,
      detail: { password: 'changed' },
    });
    return begin(store, user, now);
  });
}

async function begin(store: PeopleStore, user: User, now: Date): Promise<LoggedIn> {
  const secret = makeSecret();
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  await store.keepSession(hashSecret(secret), user.id, now, expiresAt);
  return { person: asPerson(user), secret, expiresAt };
}

const asPerson = ({ id, login, name, role }: User): Person => ({ id, login, name, role, by: 'session' });
