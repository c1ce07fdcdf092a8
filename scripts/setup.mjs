// Installs and builds what is missing, and nothing where nothing is. Runs before `npm start`, `npm test` and
// `npm run check`, under whatever Node (20 or later) the machine has, before any dependency is there. What follows it
// is another `npm run`: the shell of this one would remember the machine's Node and not see the one just installed.
//   --browser   also make sure of a browser for the tests
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.fovea-lock`;
const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Fovea needs Node 20 or later to install; this is ${process.version}. See https://nodejs.org.`);
}

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing what is missing (once, about half a minute) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
} else {
  run(`${root}node_modules/.bin/node`, ['scripts/build.mjs']);
}

if (process.argv.includes('--browser')) {
  const { findBrowser, installBrowser } = await import('./browser.mjs');
  if (!findBrowser()) {
    console.error('Installing a browser for the tests (once) …');
    installBrowser();
  }
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
