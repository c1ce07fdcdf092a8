import { Command } from 'commander';
import { type Done, EXIT } from './exit.ts';
import { evidenceFolders, openRegistry } from './registry.ts';
import { untilStopped, withStore } from './room.ts';
import { version } from './version.ts';

/** `fovea worker`: reads images until told to stop. */
export const workerCommand = (done: Done): Command =>
  new Command('worker')
    .description(
      'Read imported images; as many as wanted, on as many machines, on one DATABASE_URL and FOVEA_DATA.',
    )
    .action(async () => {
      const { startWorker } = await import('../jobs/index.ts');
      await withStore('worker', async (store, environment) => {
        const registry = openRegistry(environment);
        const stop = await startWorker(
          { store, registry, version, evidence: evidenceFolders(environment) },
          'fovea worker',
        );
        await untilStopped();
        await stop();
        await registry.close();
      });
      done(EXIT.allDone);
    });
