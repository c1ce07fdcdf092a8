import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { asFoveaError } from '../core/errors.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import type { Queue } from '../jobs/index.ts';
import type { Change, Store } from '../store/index.ts';
import { command, type Environment, readEnvironment, webFolder, workerEnvironment } from './environment.ts';
import { type Done, EXIT } from './exit.ts';
import { evidenceFolders, openRegistry } from './registry.ts';
import { untilStopped } from './room.ts';
import { describeError } from './text.ts';
import { readTls } from './tls.ts';
import { version } from './version.ts';

/** `fovea serve`: the page and the API, until the process is told to stop. */
export const serveCommand = (done: Done): Command =>
  new Command('serve')
    .description('Start the page and the API. HOST, PORT and FOVEA_DATA in the environment say where.')
    .action(async () => {
      // Loaded only here, so that the other commands start without the server's libraries.
      const { startServer } = await import('../server/start.ts');
      const environment = readEnvironment();
      const registry = openRegistry(environment);
      const room = await openRoom(environment);
      const server = await startServer({
        ...environment,
        ...room,
        tls: await readTls(environment),
        registry,
        version,
        webFolder,
        evidence: evidenceFolders(environment),
      }).catch(async (cause) => {
        await room?.close();
        throw cause;
      });
      console.log(`Fovea ${version} is ready at ${server.address}\n${DISCLAIMER}\nCtrl+C stops it.`);
      await untilStopped();
      await server.close();
      await room?.close();
      await registry.close();
      done(EXIT.allDone);
    });

interface OpenRoom {
  readonly store: Store;
  readonly queue: Queue;
  readonly callWorkers: () => void;
  close(): Promise<void>;
}

/**
 * Database, queue and workers of the reading room. Where the database cannot be had on a machine of its own, the first page
 * still reads single pictures, and says nothing of what it would need.
 *
 * @throws FoveaError `DATA_FOLDER_TAKEN`, and all others where the server is open to others or the database the user's
 */
async function openRoom(environment: Environment): Promise<OpenRoom | undefined> {
  const { claimFolder, openStore, sweepBlobs } = await import('../store/index.ts');
  const { keepStaff, openQueue } = await import('../jobs/index.ts');
  const name = `fovea at ${environment.host}:${environment.port} (process ${process.pid})`;
  const began = Date.now();
  const store = await openStore({ ...environment, name }).catch((thrown) => {
    const error = asFoveaError(thrown);
    const isLoopback = /^(127\.|localhost$|::1$)/.test(environment.host);
    if (error.code !== 'DATABASE_UNAVAILABLE' || environment.databaseUrl || !isLoopback) throw thrown;
    console.error(`${describeError(error)}\nWithout it single pictures are read, and nothing is kept.`);
    return undefined;
  });
  if (!store) return undefined;
  // Closed in the opposite order, also where something of it cannot be had.
  const opened = new AsyncDisposableStack();
  opened.defer(() => store.close());
  try {
    opened.defer(await claimFolder(store, name));
    const queue = await openQueue(store, { name: 'fovea server', isWorker: false });
    opened.defer(() => queue.close());
    // What a killed server kept without writing of it; nobody waits for this.
    const swept = sweepBlobs(store, began).catch((thrown) =>
      console.error(describeError(asFoveaError(thrown))),
    );
    opened.defer(async () => void (await swept));
    const staff = keepStaff(environment.workers, () =>
      spawn(process.execPath, [...process.execArgv, command, 'worker'], {
        env: workerEnvironment(environment),
        // Over the channel a worker learns that its server is gone, however it went.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    opened.defer(() => staff.stop());
    // Other processes import too: `fovea import`, `fovea watch`. Heard first, then asked, so that nothing falls in between.
    opened.defer(
      await store.listen((message) => (JSON.parse(message) as Change).type === 'batch' && staff.call()),
    );
    if (await queue.hasWork()) staff.call();
    return { store, queue, callWorkers: () => staff.call(), close: () => opened.disposeAsync() };
  } catch (cause) {
    await opened.disposeAsync();
    throw cause;
  }
}
