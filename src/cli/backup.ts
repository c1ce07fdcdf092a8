import { resolve } from 'node:path';
import { Command } from 'commander';
import { type Done, EXIT } from './exit.ts';
import { modelsFolder, withQueue, withStore } from './room.ts';
import { version } from './version.ts';

/** `fovea backup FILE`. */
export const backupCommand = (done: Done): Command =>
  new Command('backup')
    .description('Write patients, pictures, readings, reports, accounts and models into one tar file.')
    .argument('<file>', 'the file to write')
    .action(async (file: string) => {
      const { backUp } = await import('../store/index.ts');
      const { patients, images, bytes, damaged } = await withStore('backup', (store, environment) =>
        backUp(store, resolve(file), { version, actor: 'fovea', modelsFolder: modelsFolder(environment) }),
      );
      console.log(`${patients} patients, ${images} images, ${(bytes / 1024 ** 2).toFixed(1)} MB in ${file}`);
      for (const sha256 of damaged) console.error(`Not in it, because missing or altered: ${sha256}`);
      done(damaged.length > 0 ? EXIT.someFailed : EXIT.allDone);
    });

/** `fovea restore FILE`. */
export const restoreCommand = (done: Done): Command =>
  new Command('restore')
    .description('Bring a backup back into an empty data folder (FOVEA_DATA).')
    .argument('<file>', 'what `fovea backup` wrote')
    .action(async (file: string) => {
      const { restore, unreadImages } = await import('../store/index.ts');
      await withQueue('restore', async (store, queue, environment) => {
        const { patients, images } = await restore(store, resolve(file), {
          ...{ version, actor: 'fovea', modelsFolder: modelsFolder(environment) },
        });
        const unread = await unreadImages(store.db);
        await queue.enqueue(store.db, unread);
        console.log(
          `${patients} patients, ${images} images are back; ${unread.length} are still to be read.`,
        );
      });
      done(EXIT.allDone);
    });
