import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { asFoveaError, FoveaError } from '../core/errors.ts';
import type { FileHints, Queue } from '../jobs/index.ts';
import type { Store } from '../store/index.ts';
import { type Done, EXIT } from './exit.ts';
import { findPictures } from './pictures.ts';
import { untilStopped, withQueue } from './room.ts';

interface Options {
  readonly pattern?: string;
  readonly table?: string;
}

const withHints = (command: Command) =>
  command
    .option('--pattern <pattern>', 'what names tell: {patient}_{eye}_{date}*')
    .option('--table <csv>', 'a CSV with columns file, patient, eye, date, …');

/** `fovea import PATH…`: pictures into the worklist; the server's workers read them. */
export const importCommand = (done: Done): Command =>
  withHints(
    new Command('import')
      .description('Take pictures into the worklist; the server or `fovea worker` reads them.')
      .argument('<path...>', 'files and folders'),
  ).action(async (paths: string[], options: Options) => {
    let [taken, duplicates, refused] = [0, 0, 0];
    await withQueue('import', async (store, queue) => {
      const take = await taker(store, queue, 'folder', options);
      for (const root of paths) {
        const found = await findPictures([root]);
        for (const path of found.paths) {
          const state = await take(relative(resolve(root, '..'), resolve(path)), path);
          if (state === 'taken') taken++;
          else if (state === 'duplicate') duplicates++;
          else refused++;
        }
        if (found.leftOut > 0) console.error(`${root}: ${found.leftOut} files are no pictures.`);
      }
      refused += await take.finish();
    });
    console.log(`${taken} taken, ${duplicates} known already, ${refused} refused.`);
    done(refused > 0 ? EXIT.someFailed : EXIT.allDone);
  });

/** `fovea watch DIR`: the same for a folder that cameras write into, until told to stop. */
export const watchCommand = (done: Done): Command =>
  withHints(
    new Command('watch')
      .description('Take what comes into a folder into the worklist, as it comes.')
      .argument('<dir>', 'the folder'),
  ).action(async (dir: string, options: Options) => {
    const { watchFolder } = await import('../intake/index.ts');
    const stop = new AbortController();
    void untilStopped().then(() => stop.abort());
    await withQueue('watch', async (store, queue) => {
      const take = await taker(store, queue, 'watch', options);
      console.log(`Watching ${resolve(dir)}. Ctrl+C stops it.`);
      for await (const { path, name } of watchFolder(resolve(dir), { signal: stop.signal }))
        await take(name, path);
      await take.finish();
    });
    done(EXIT.allDone);
  });

/** Takes files into one import, and says what was refused. */
async function taker(store: Store, queue: Queue, source: 'folder' | 'watch', { pattern, table }: Options) {
  const { knownOf, readFileTable, readPattern, safeName } = await import('../intake/index.ts');
  const { importFile } = await import('../jobs/index.ts');
  const { appendAudit, createBatch, finishBatch, itemNames, refuseItem } = await import('../store/index.ts');
  const sources = {
    pattern: pattern === undefined ? undefined : readPattern(pattern),
    table: table === undefined ? undefined : readFileTable(await readFile(table, 'utf8')),
  };
  const id = await createBatch(store.db, {
    name: `${source === 'watch' ? 'Watched since' : 'Import of'} ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`,
    ...{ source, options: { ...(pattern && { pattern }) }, createdBy: 'fovea' },
  });
  await appendAudit(store.db, { actor: 'fovea', action: 'import.begin', subject: `batch ${id}` });
  const take = async (givenName: string, path: string) => {
    const name = safeName(givenName);
    try {
      const bytes = await readFile(path);
      const { patient, name: patientName, birthDate, sex, ...rest } = await knownOf(name, bytes, sources);
      const hints = {
        ...rest,
        ...(patient && { patient: { identifier: patient, name: patientName, birthDate, sex } }),
      };
      return (await importFile(store, queue, id, { name, bytes, hints: hints as FileHints })).state;
    } catch (thrown) {
      const error = asFoveaError(thrown);
      if (error.status >= 500) throw thrown;
      await refuseItem(store.db, id, name, error.toJSON());
      console.error(`${name}: ${error.message} [${error.code}]`);
      return 'refused';
    }
  };
  const finish = async () => {
    // A folder that is watched has no end at which something could be missing.
    const names = source === 'folder' ? await itemNames(store.db, id) : undefined;
    const missing = (names && sources.table?.missing(names)) ?? [];
    for (const name of missing) {
      const error = new FoveaError('FILE_NOT_SENT');
      await refuseItem(store.db, id, safeName(name), error.toJSON());
      console.error(`${name}: ${error.message} [${error.code}]`);
    }
    await finishBatch(store.db, id);
    return missing.length;
  };
  return Object.assign(take, { finish });
}
