import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { type Done, EXIT } from './exit.ts';
import { withQueue } from './room.ts';
import { beginTaking, type HintFlags, patiently } from './taking.ts';

/** A database that is away, or a disk that is full, is waited for so long; then somebody has to see to it. */
const PATIENCE_MS = 120_000;

/** So many files are handed over at a time: of an import that somebody cancels no more than these still come. */
const TOGETHER = 20;

/** What tells of files, for every command that takes them. */
export const withHints = (command: Command): Command =>
  command
    .option('--pattern <pattern>', 'what names tell: {patient}_{eye}_{date}*')
    .option('--table <csv>', 'a CSV with columns file, patient, eye, date, …');

/** `fovea import PATH…`: pictures into the worklist; the server's workers read them. */
export const importCommand = (done: Done): Command =>
  withHints(
    new Command('import')
      .description('Take pictures into the worklist; the server or `fovea worker` reads them.')
      .argument('<path...>', 'files, ZIP archives and folders'),
  ).action(async (paths: string[], flags: HintFlags) => {
    let counts = { taken: 0, duplicate: 0, refused: 0 };
    await withQueue('import', async (store, queue) => {
      const taking = await beginTaking(store, queue, 'folder', flags);
      let isAgain = false;
      for (const root of paths) {
        const { files, said } = await filesOf(root, flags.table);
        for (const line of said) console.error(`${root}: ${line}`);
        for (let i = 0; i < files.length; i += TOGETHER) {
          const some = files.slice(i, i + TOGETHER);
          const take = () =>
            taking.take(some).catch((thrown) => {
              isAgain = true;
              throw thrown;
            });
          const become = await patiently(take, { limitMs: PATIENCE_MS });
          for (const { state } of become) counts[state]++;
        }
      }
      counts.refused += await taking.finish();
      // What was taken before something failed was known already when it was handed over again.
      if (isAgain) counts = await taking.counts();
    });
    const { taken, duplicate, refused } = counts;
    console.log(`${taken} taken, ${duplicate} known already, ${refused} refused.`);
    done(refused > 0 ? EXIT.someFailed : EXIT.allDone);
  });

/** A file as it is named, or what a folder holds of pictures and archives; and what is to be said of the rest. */
async function filesOf(root: string, table: string | undefined) {
  const { kindOfFile, listFolder } = await import('../intake/index.ts');
  const isFolder = await stat(root).then(
    (found) => found.isDirectory(),
    () => false, // Named but absent: opening it says so.
  );
  if (!isFolder) return { files: [{ name: basename(root), path: root }], said: [] };
  const { files, litter } = await listFolder(root);
  const wanted: typeof files = [];
  const said: string[] = [];
  let others = 0;
  for (const { name, path } of files) {
    const kind = await kindOfFile(path);
    if (kind === 'picture' || kind === 'archive')
      wanted.push({ name: `${basename(resolve(root))}/${name}`, path });
    else if (kind === 'other') others++;
    else if (table === undefined || resolve(table) !== resolve(path))
      said.push(`${name} is a table and is left out; --table has it used.`);
  }
  if (others > 0) said.push(`${others} ${others === 1 ? 'file is no picture' : 'files are no pictures'}.`);
  if (litter > 0) said.push(`${litter} hidden or system ${litter === 1 ? 'file' : 'files'} left out.`);
  return { files: wanted, said };
}
