#!/usr/bin/env node
// The `fovea` command. Plain JavaScript, because it must run under any Node: Fovea itself needs Node 24, which npm
// installs as a dependency, so an older Node only hands over to that one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { ALLOCATOR, FLAGS, WORKER_FLAGS } from './tuning.mjs';

const NEEDED_MAJOR = 24;

const isTuned =
  process.platform !== 'linux' ||
  (Object.keys(ALLOCATOR).every((name) => name in process.env) &&
    FLAGS.every((flag) => process.execArgv.includes(flag)));
const again = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
const env = { ...ALLOCATOR, ...process.env };

if (Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR) {
  const ownNode = createRequire(import.meta.url).resolve('node/bin/node');
  const child = spawn(ownNode, again, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 130 : 1)));
} else if (!isTuned) {
  process.execve(process.execPath, [process.execPath, ...FLAGS, ...process.execArgv, ...again], env);
} else {
  if (process.argv[2] === 'worker') for (const flag of WORKER_FLAGS) setFlagsFromString(flag);
  // What was compiled starts in half the time; a clone that was never built runs its sources.
  const compiled = new URL('../dist/cli/main.js', import.meta.url);
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import(existsSync(fileURLToPath(compiled)) ? compiled.href : source.href);
  process.exitCode = await main(process.argv);
}
