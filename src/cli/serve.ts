import { Command } from 'commander';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { readEnvironment, webFolder } from './environment.ts';
import { type Done, EXIT } from './exit.ts';
import { evidenceFolders, openRegistry } from './registry.ts';
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
      const server = await startServer({
        ...environment,
        tls: await readTls(environment),
        registry,
        version,
        webFolder,
        evidence: evidenceFolders(environment),
      });
      console.log(`Fovea ${version} is ready at ${server.address}\n${DISCLAIMER}\nCtrl+C stops it.`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await server.close();
      await registry.close();
      done(EXIT.allDone);
    });
