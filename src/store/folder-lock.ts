import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readlink, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FoveaError } from '../core/errors.ts';

/** Who has a folder, as the file says. */
interface Holder {
  readonly id: string;
  /** What others are told. */
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  /** Where the process number means something: a container has numbers of its own. */
  readonly place: string;
  readonly since: string;
}

const FILE = 'server.lock';
/** The holder touches its file so often. */
const BEAT_MS = 2000;
/** A holder of which nobody can tell whether it lives counts as gone after so long without a touch. */
const QUIET_MS = 10_000;
const LOOK_MS = 250;
/** Of two who take a lock over at once, the one whose name stands there after this has it. */
const SETTLE_MS = 300;

/** Locks of this process: its own number tells nothing of them. */
const held = new Set<string>();

/**
 * Makes this process the one server of a folder, whatever database each of them works with. The file outlives a process that
 * is killed: of this machine's it is known at once, of another's after ten seconds of silence. No clocks are compared.
 *
 * @param name what others are told
 * @returns lets go of it
 * @throws FoveaError `DATA_FOLDER_TAKEN`, naming the other
 */
export async function lockFolder(folder: string, name: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, FILE);
  const place = `${hostname()} ${await readlink('/proc/self/ns/pid').catch(() => '')}`;
  const mine: Holder = {
    ...{ id: randomUUID(), name, pid: process.pid, host: hostname(), place },
    since: new Date().toISOString(),
  };
  if (!(await create(path, mine))) await takeOver(path, mine);
  held.add(mine.id);
  const isMine = async () => (await holderOf(path))?.id === mine.id;
  const beat = setInterval(async () => {
    if (await isMine()) await utimes(path, new Date(), new Date()).catch(() => {});
  }, BEAT_MS).unref();
  return async () => {
    clearInterval(beat);
    held.delete(mine.id);
    if (await isMine()) await rm(path, { force: true });
  };
}

/** @returns false where there is one already */
async function create(path: string, mine: Holder): Promise<boolean> {
  const file = await open(path, 'wx', 0o600).catch((cause) => {
    if (cause.code === 'EEXIST') return undefined;
    throw cause;
  });
  if (!file) return false;
  try {
    await file.writeFile(JSON.stringify(mine));
    return true;
  } catch (cause) {
    await rm(path, { force: true });
    throw cause;
  } finally {
    await file.close();
  }
}

async function takeOver(path: string, mine: Holder): Promise<void> {
  const other = await holderOf(path);
  if (await isAlive(path, other, mine.place)) throw taken(other);
  const next = `${path}.${mine.id}`;
  await writeFile(next, JSON.stringify(mine), { mode: 0o600 });
  await rename(next, path);
  await sleep(SETTLE_MS);
  const holder = await holderOf(path);
  if (holder?.id !== mine.id) throw taken(holder);
}

/** What the file says; undefined where it is being written, or is gone. */
const holderOf = (path: string): Promise<Holder | undefined> =>
  readFile(path, 'utf8').then(
    (text) => {
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    () => undefined,
  );

async function isAlive(path: string, other: Holder | undefined, place: string): Promise<boolean> {
  if (other?.place === place) {
    if (held.has(other.id)) return true;
    if (other.pid !== process.pid && !isRunning(other.pid)) return false;
  }
  // Numbers are given anew, and those of other machines cannot be asked for: whoever lives touches the file.
  const before = await touchedAt(path);
  for (let waited = 0; waited < QUIET_MS; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    const now = await touchedAt(path);
    if (now === undefined) return false;
    if (now !== before) return true;
  }
  return false;
}

/** Asked of the opened file: a network file system then answers from its server (nfs(5), close-to-open consistency). */
async function touchedAt(path: string): Promise<number | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const taken = (holder: Holder | undefined) =>
  new FoveaError('DATA_FOLDER_TAKEN', {
    holder: holder ? `${holder.name} on ${holder.host}, since ${holder.since}` : 'unknown',
  });
