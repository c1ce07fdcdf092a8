import type { Role } from './roles.ts';

/** What accounts, sessions and tokens need of a database. */

export interface User {
  readonly id: string;
  /** What they log in with, in lower case. */
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly createdAt: string;
}

/** A user with the password's hash, which leaves this room for the database alone. */
export interface UserWithPassword extends User {
  readonly password: string;
}

export interface NewUser {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** As a PHC string. */
  readonly password: string;
}

export type UserChange = Partial<Omit<NewUser, 'login'> & { readonly disabled: boolean }>;

/** A session as it is found, with whose it is. */
export interface Session {
  readonly user: User;
  readonly seenAt: string;
  readonly expiresAt: string;
}

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Login of whose it is. */
  readonly login: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revoked: boolean;
}

export interface NewToken {
  readonly hash: string;
  readonly name: string;
  readonly userId: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

/** What is written down of what somebody did. */
export interface Deed {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail?: unknown;
}

export interface PeopleStore {
  /** All of it happens, or nothing. */
  atOnce<T>(work: (store: PeopleStore) => Promise<T>): Promise<T>;
  audit(deed: Deed): Promise<void>;

  hasUsers(): Promise<boolean>;
  /** Whether one of them can log in as an administrator. */
  hasAdmin(): Promise<boolean>;
  users(): Promise<User[]>;
  userById(id: string): Promise<User | undefined>;
  userByLogin(login: string): Promise<UserWithPassword | undefined>;
  /** @returns undefined where the login is taken */
  addUser(user: NewUser): Promise<User | undefined>;
  changeUser(id: string, change: UserChange): Promise<User | undefined>;
  /** Ids of the administrators who are not disabled; nobody else changes them until all of `atOnce` has happened. */
  holdAdmins(): Promise<string[]>;

  keepSession(hash: string, userId: string, now: Date, expiresAt: Date): Promise<void>;
  session(hash: string): Promise<Session | undefined>;
  touchSession(hash: string, now: Date): Promise<void>;
  endSession(hash: string): Promise<void>;
  endSessionsOf(userId: string): Promise<void>;
  /** Forgets those that expired, or were not seen since. */
  forgetSessions(expiredBefore: Date, notSeenSince: Date): Promise<void>;

  keepToken(token: NewToken): Promise<Token>;
  token(hash: string): Promise<{ readonly token: Token; readonly user: User } | undefined>;
  /** All, or those of a user; the newest first. */
  tokens(userId?: string): Promise<Token[]>;
  touchToken(id: string, now: Date): Promise<void>;
  /** @returns whether there was one that held until now */
  revokeToken(id: string, ofUser?: string): Promise<boolean>;
}
