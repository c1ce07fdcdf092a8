// The browser that the tests and the screenshot drive: found where machines have one, else installed.
// Plain JavaScript for any Node from 20 on, since `npm test` may run it before Node 24 is there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'msedge',
  'microsoft-edge',
];

/** Where installers put browsers that are not on the PATH. */
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Playwright's cache, and the browser's place within it, newest first. */
const CACHES = [
  process.env.PLAYWRIGHT_BROWSERS_PATH,
  join(homedir(), '.cache/ms-playwright'),
  join(homedir(), 'Library/Caches/ms-playwright'),
  join(homedir(), 'AppData/Local/ms-playwright'),
];
const IN_CACHE = [
  'chrome-linux64/chrome',
  'chrome-linux/chrome',
  'chrome-headless-shell-linux64/chrome-headless-shell',
  'chrome-linux/headless_shell',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win64/chrome.exe',
  'chrome-win/chrome.exe',
];

/** Path of a Chromium, Chrome or Edge, or undefined. */
export function findBrowser() {
  return [process.env.CHROME_PATH, ...onPath(), ...PLACES, ...inCache()].find(isProgram);
}

const onPath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) =>
      NAMES.map((name) => join(folder, process.platform === 'win32' ? `${name}.exe` : name)),
    );

const inCache = () =>
  CACHES.filter((cache) => cache && existsSync(cache)).flatMap((cache) =>
    readdirSync(cache)
      .filter((name) => name.startsWith('chromium'))
      .sort((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]))
      .flatMap((name) => IN_CACHE.map((place) => join(cache, name, place))),
  );

function isProgram(path) {
  if (!path) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Flags without which Chromium does not start in a container, or calls home. */
export const BROWSER_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/** Installs one: Debian's and Ubuntu's own package where that needs no password, else Playwright's build. */
export function installBrowser() {
  const isRoot = process.getuid?.() === 0;
  const may = isRoot || succeeds('sudo', ['-n', 'true']);
  const apt = (...args) =>
    isRoot ? succeeds('apt-get', args, true) : succeeds('sudo', ['-n', 'apt-get', ...args], true);
  // Old package lists may name versions that the archive has dropped; failing to renew them is no reason to stop.
  if (may && succeeds('apt-get', ['--version'])) {
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  }
  if (findBrowser()) return;
  const playwright = fileURLToPath(new URL('../node_modules/playwright-core/cli.js', import.meta.url));
  succeeds(process.execPath, [playwright, 'install', 'chromium'], true);
  if (!findBrowser()) {
    console.error('No browser could be installed. Install Chromium or Chrome, or set CHROME_PATH to one.');
    process.exit(1);
  }
}

function succeeds(command, args, loud = false) {
  const stdio = ['ignore', loud ? 2 : 'ignore', loud ? 2 : 'ignore'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio, env }).status === 0;
}
