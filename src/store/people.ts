import { appendAudit, type Deed } from './audit.ts';
import type { Database } from './database.ts';
import type { Role } from './tables.ts';

const USER_COLUMNS = [
  'users.id',
  'users.login',
  'users.name',
  'users.role',
  'users.disabled',
  'users.created_at as createdAt',
] as const;

const TOKEN_COLUMNS = [
  'tokens.id',
  'tokens.name',
  'tokens.role',
  'users.login',
  'tokens.created_at as createdAt',
  'tokens.expires_at as expiresAt',
  'tokens.last_used_at as lastUsedAt',
  'tokens.revoked',
] as const;

interface UserFields {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** argon2id, PHC string. */
  readonly password: string;
}

/** Accounts, sessions and tokens in the database, as the room `people` asks for them. */
export class StoredPeople {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  atOnce<T>(work: (store: StoredPeople) => Promise<T>): Promise<T> {
    if (this.#db.isTransaction) return work(this);
    return this.#db.transaction().execute((trx) => work(new StoredPeople(trx)));
  }

  audit(deed: Deed): Promise<void> {
    return appendAudit(this.#db, deed);
  }

  async hasUsers(): Promise<boolean> {
    return (await this.#db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
  }

  async hasAdmin(): Promise<boolean> {
    const admin = await this.#db
      .selectFrom('users')
      .select('id')
      .where('role', '=', 'admin')
      .where('disabled', '=', false)
      .limit(1)
      .executeTakeFirst();
    return admin !== undefined;
  }

  /** By login. */
  users() {
    return this.#db.selectFrom('users').select(USER_COLUMNS).orderBy('login').execute();
  }

  userById(id: string) {
    return this.#db.selectFrom('users').select(USER_COLUMNS).where('id', '=', id).executeTakeFirst();
  }

  userByLogin(login: string) {
    return this.#db
      .selectFrom('users')
      .select([...USER_COLUMNS, 'users.password'])
      .where('login', '=', login)
      .executeTakeFirst();
  }

  /** @returns undefined where the login is taken */
  addUser(user: UserFields) {
    return this.#db
      .insertInto('users')
      .values(user)
      .onConflict((conflict) => conflict.column('login').doNothing())
      .returning(USER_COLUMNS)
      .executeTakeFirst();
  }

  async changeUser(id: string, change: Partial<Omit<UserFields, 'login'>> & { readonly disabled?: boolean }) {
    if (Object.keys(change).length === 0) return this.userById(id);
    return this.#db
      .updateTable('users')
      .set(change)
      .where('id', '=', id)
      .returning(USER_COLUMNS)
      .executeTakeFirst();
  }

  /** Ids of the administrators who are not disabled, with their rows locked until the transaction ends. */
  async holdAdmins(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('users')
      .select('id')
      .where('role', '=', 'admin')
      .where('disabled', '=', false)
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map(({ id }) => id);
  }

  async keepSession(hash: string, userId: string, now: Date, expiresAt: Date): Promise<void> {
    await this.#db
      .insertInto('sessions')
      .values({ hash, user_id: userId, created_at: now, seen_at: now, expires_at: expiresAt })
      .execute();
  }

  async session(hash: string) {
    const row = await this.#db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select([...USER_COLUMNS, 'sessions.seen_at as seenAt', 'sessions.expires_at as expiresAt'])
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (!row) return undefined;
    const { seenAt, expiresAt, ...user } = row;
    return { user, seenAt, expiresAt };
  }

  async touchSession(hash: string, now: Date): Promise<void> {
    await this.#db.updateTable('sessions').set({ seen_at: now }).where('hash', '=', hash).execute();
  }

  async endSession(hash: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('hash', '=', hash).execute();
  }

  async endSessionsOf(userId: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('user_id', '=', userId).execute();
  }

  async forgetSessions(expiredBefore: Date, notSeenSince: Date): Promise<void> {
    await this.#db
      .deleteFrom('sessions')
      .where((eb) =>
        eb.or([
          eb('expires_at', '<', expiredBefore.toISOString()),
          eb('seen_at', '<', notSeenSince.toISOString()),
        ]),
      )
      .execute();
  }

  async keepToken(token: {
    readonly hash: string;
    readonly name: string;
    readonly userId: string;
    readonly role: Role;
    readonly expiresAt: Date;
  }) {
    const { id } = await this.#db
      .insertInto('tokens')
      .values({
        hash: token.hash,
        name: token.name,
        user_id: token.userId,
        role: token.role,
        expires_at: token.expiresAt,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return this.#tokens().where('tokens.id', '=', id).executeTakeFirstOrThrow();
  }

  async token(hash: string) {
    const token = await this.#tokens().where('tokens.hash', '=', hash).executeTakeFirst();
    const user = token && (await this.userByLogin(token.login));
    return token && user && { token, user };
  }

  /** All, or those of a user; the newest first. */
  tokens(userId?: string) {
    const query = this.#tokens().orderBy('tokens.id', 'desc');
    return (userId === undefined ? query : query.where('tokens.user_id', '=', userId)).execute();
  }

  async touchToken(id: string, now: Date): Promise<void> {
    await this.#db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', id).execute();
  }

  /** @returns whether there was one that held until now */
  async revokeToken(id: string, ofUser?: string): Promise<boolean> {
    let query = this.#db
      .updateTable('tokens')
      .set({ revoked: true })
      .where('id', '=', id)
      .where('revoked', '=', false);
    if (ofUser !== undefined) query = query.where('user_id', '=', ofUser);
    return (await query.executeTakeFirst()).numUpdatedRows > 0n;
  }

  #tokens() {
    return this.#db
      .selectFrom('tokens')
      .innerJoin('users', 'users.id', 'tokens.user_id')
      .select(TOKEN_COLUMNS);
  }
}
