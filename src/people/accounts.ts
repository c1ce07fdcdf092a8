import { FoveaError } from '../core/errors.ts';
import { hashPassword } from './password.ts';
import { demandGoodPassword } from './password-rules.ts';
import { type Person, RESERVED_LOGINS, refuseToken } from './person.ts';
import type { PeopleStore, User, UserChange } from './ports.ts';
import { demandMayGive, demandRole, LEAST, type Role } from './roles.ts';
import { makeSecret } from './secrets.ts';

/** What an administrator gives for an account. */
export interface Account {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** None for one who comes in by the OpenID provider alone. */
  readonly password?: string | undefined;
}

export type AccountChange = Partial<Omit<Account, 'login'> & { readonly disabled: boolean }>;

/** What can stand in a login; nothing that looks like another letter. */
const LOGIN = /^[a-z0-9][a-z0-9._@-]{0,63}$/;
const NAME = /^[^\p{Cc}\p{Cf}]{1,100}$/u;

/** Logins are the same in whatever case they are typed. */
export const plainLogin = (login: string): string => login.trim().normalize('NFKC').toLowerCase();

/**
 * Adds an account.
 *
 * @throws FoveaError `FORBIDDEN`, `REQUEST_INVALID`, `PASSWORD_WEAK`, `LOGIN_TAKEN`
 */
export async function addUser(store: PeopleStore, by: Person, account: Account): Promise<User> {
  refuseToken(by);
  demandRole(by.role, LEAST['manage users']);
  demandMayGive(by.role, account.role);
  const login = plainLogin(account.login);
  if (!LOGIN.test(login) || RESERVED_LOGINS.has(login)) {
    invalid(
      'it holds no login that can be used',
      'letters a–z, digits and . _ - @, at most 64',
      account.login,
    );
  }
  const name = plainName(account.name);
  const password = await (account.password === undefined
    ? hashPassword(makeSecret())
    : newPassword(account.password, login));
  return store.atOnce(async (store) => {
    if (account.role !== 'admin' && !(await store.hasAdmin())) {
      // With the first account the machine's own user is nobody any more.
      invalid('the first account is an administrator’s', 'role admin', `role ${account.role}`);
    }
    const user = await store.addUser({ login, name, role: account.role, password });
    if (!user) throw new FoveaError('LOGIN_TAKEN', { login });
    await store.audit({
      actor: by.login,
      action: 'user.add',
      subject: `user ${login}`,
      detail: { role: user.role },
    });
    return user;
  });
}

/**
 * Changes an account. A new password, and disabling it, end its sessions everywhere.
 *
 * @throws FoveaError `NOT_FOUND`, `FORBIDDEN`, `REQUEST_INVALID`, `PASSWORD_WEAK`, `LAST_ADMIN`
 */
export async function changeUser(
  store: PeopleStore,
  by: Person,
  id: string,
  change: AccountChange,
): Promise<User> {
  refuseToken(by);
  demandRole(by.role, LEAST['manage users']);
  if (change.role) demandMayGive(by.role, change.role);
  const before = (await store.userById(id)) ?? missing();
  const values: UserChange = {
    ...(change.name !== undefined && { name: plainName(change.name) }),
    ...(change.role !== undefined && { role: change.role }),
    ...(change.disabled !== undefined && { disabled: change.disabled }),
    ...(change.password !== undefined && { password: await newPassword(change.password, before.login) }),
  };
  return store.atOnce(async (store) => {
    const isLessen = change.disabled || (change.role !== undefined && change.role !== 'admin');
    if (isLessen) {
      const admins = await store.holdAdmins();
      if (admins.length === 1 && admins[0] === id) throw new FoveaError('LAST_ADMIN');
    }
    const after = (await store.changeUser(id, values)) ?? missing();
    if (change.password !== undefined || change.disabled) await store.endSessionsOf(id);
    // Not the password, nor its hash: that there is another is all that is told.
    const { password, ...told } = values;
    await store.audit({
      actor: by.login,
      action: 'user.change',
      subject: `user ${after.login}`,
      detail: { ...told, ...(password !== undefined && { password: 'changed' }) },
    });
    return after;
  });
}

/** Hash of a password that may be taken. */
export async function newPassword(password: string, login: string): Promise<string> {
  demandGoodPassword(password, login);
  return hashPassword(password);
}

function plainName(name: string): string {
  const plain = name.trim().normalize('NFC');
  if (!NAME.test(plain))
    invalid('it holds no name that can be shown', '1 to 100 characters', `${[...plain].length}`);
  return plain;
}

function invalid(reason: string, expected: string, received: string): never {
  throw new FoveaError('REQUEST_INVALID', { reason, expected, received, hint: 'Correct it and try again.' });
}

function missing(): never {
  throw new FoveaError('NOT_FOUND', { hint: 'See the list of users.' });
}
