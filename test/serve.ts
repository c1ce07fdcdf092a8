import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './cli.ts';

/** `fovea serve` in a process of its own, as whoever types `npm start` has it. */
export interface Clinic {
  readonly address: string;
  readonly process: ChildProcess;
  /** Milliseconds from the command to its address on the screen. */
  readonly startedIn: number;
  /** As Ctrl+C does; the exit status. */
  close(): Promise<number | null>;
}

/**
 * @param env beside that of the test, e.g. `PORT`
 * @throws Error with what the command said, where it ends before it is ready
 */
export async function serve(dataFolder: string, env: NodeJS.ProcessEnv = {}): Promise<Clinic> {
  const began = performance.now();
  const server = spawn(process.execPath, [join(root, 'bin/fovea.mjs'), 'serve'], {
    env: { ...process.env, FOVEA_DATA: dataFolder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (said += text));
  const address = await new Promise<string>((resolve, reject) => {
    server.on('exit', (status) => reject(new Error(`serve ended with ${status}: ${said}`)));
    server.stdout.on('data', () => {
      const found = /ready at (\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
  });
  return {
    address,
    process: server,
    startedIn: performance.now() - began,
    close: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return server.exitCode;
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

/** Processes that a process started, of which the command line holds a word (proc(5): Linux only). */
export function childrenOf(pid: number, word: string): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return list
      .map(Number)
      .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0').includes(word));
  } catch {
    return [];
  }
}

/** Processes of Fovea that work on a data folder, whoever started them; of a system without `/proc` none. */
export function processesOf(dataFolder: string): number[] {
  const environment = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    } catch {
      return []; // Gone meanwhile, or somebody else's.
    }
  };
  try {
    return readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid) && environment(pid).includes(`FOVEA_DATA=${dataFolder}`))
      .map(Number);
  } catch {
    return [];
  }
}
