import { resolve } from 'node:path';
import { Command } from 'commander';
import { asFoveaError } from '../core/errors.ts';
import { type Done, EXIT } from './exit.ts';
import { withHints } from './import.ts';
import { untilStopped, withQueue } from './room.ts';
import { beginTaking, type HintFlags, patiently, type Taking } from './taking.ts';
import { describeError } from './text.ts';

/** `fovea watch DIR`: pictures of a folder that cameras write into, as they come, until told to stop. */
export const watchCommand = (done: Done): Command =>
  withHints(
    new Command('watch')
      .description('Take what comes into a folder into the worklist, as it comes.')
      .argument('<dir>', 'the folder'),
  ).action(async (dir: string, flags: HintFlags) => {
    const { kindOfFile, watchFolder } = await import('../intake/index.ts');
    const stop = new AbortController();
    void untilStopped().then(() => stop.abort());
    await withQueue('watch', async (store, queue) => {
      const begin = () => beginTaking(store, queue, 'watch', flags);
      let taking: Taking = await begin();
      console.log(`Watching ${resolve(dir)}. Ctrl+C stops it.`);
      for await (const { path, name } of watchFolder(resolve(dir), { signal: stop.signal })) {
        const kind = await kindOfFile(path);
        if (kind === 'table' || kind === 'other') {
          console.error(`${name} is ${kind === 'table' ? 'a table' : 'no picture'} and is left out.`);
          continue;
        }
        const take = () =>
          taking.take([{ name, path }]).catch(async (thrown) => {
            // What comes after somebody has cancelled is an import of its own.
            if (asFoveaError(thrown).code !== 'NOT_WAITING') throw thrown;
            taking = await begin();
            return taking.take([{ name, path }]);
          });
        try {
          await patiently(take, { signal: stop.signal });
        } catch (thrown) {
          // One file that cannot be taken keeps no other out; it lies where it lay, for the next start.
          console.error(`${name} was not taken.\n${describeError(asFoveaError(thrown))}`);
        }
      }
      await taking.finish();
    });
    done(EXIT.allDone);
  });
