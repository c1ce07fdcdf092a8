import { join } from 'node:path';
import type { Queue } from '../jobs/index.ts';
import type { Store } from '../store/index.ts';
import { type Environment, readEnvironment } from './environment.ts';

/** The store of this machine's data folder, for as long as something is done with it. */
export async function withStore<T>(
  name: string,
  use: (store: Store, environment: Environment) => Promise<T>,
): Promise<T> {
  // Loaded only here, so that the other commands start without the database's libraries.
  const { openStore } = await import('../store/index.ts');
  const environment = readEnvironment();
  const store = await openStore({ ...environment, name: `fovea ${name} (process ${process.pid})` });
  try {
    return await use(store, environment);
  } finally {
    await store.close();
  }
}

/** The same with the queue, for what hands over work. */
export const withQueue = <T>(
  name: string,
  use: (store: Store, queue: Queue, environment: Environment) => Promise<T>,
): Promise<T> =>
  withStore(name, async (store, environment) => {
    const { openQueue } = await import('../jobs/index.ts');
    const queue = await openQueue(store, { name: `fovea ${name}`, isWorker: false });
    try {
      return await use(store, queue, environment);
    } finally {
      await queue.close();
    }
  });

/** Where the user's models lie. */
export const modelsFolder = ({ dataFolder }: Environment): string => join(dataFolder, 'models');

/** Resolves once the process is told to stop, or whoever started it over a channel is gone. */
export const untilStopped = (): Promise<void> =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.once('disconnect', resolve);
    // It may have gone before anybody listened. Without a channel it is undefined.
    if (process.connected === false) resolve();
  }).then(() => {
    // Listened to, it would keep the process from ending.
    if (process.connected) process.disconnect();
  });
