// Makes docs/screenshot.png: the page with its answer to our own drawing. No patient's picture stands in the repository.
//   node scripts/screenshot.mjs
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Registry } from '../src/model/index.ts';
import { startServer } from '../src/server/start.ts';
import { BROWSER_FLAGS, findBrowser } from './browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fovea-screenshot-'));
const registry = new Registry({
  builtIn: `${root}models`,
  user: join(folder, 'models'),
  cache: join(folder, 'cache'),
});
const server = await startServer({
  host: '127.0.0.1',
  port: 0,
  registry,
  version: '0.0.0',
  webFolder: `${root}dist/web`,
});
const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_FLAGS });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
await page.goto(server.address);
await page.getByRole('button', { name: 'Try a sample' }).click();
await page.getByRole('heading', { name: 'All classes' }).waitFor();
// Read once more: the first time of a process, everything is still being loaded.
await page.getByRole('button', { name: /^Remove/ }).click();
await page.getByRole('button', { name: 'Try a sample' }).click();
await page.getByRole('heading', { name: 'All classes' }).waitFor();
await page.evaluate(() => document.activeElement?.blur());
await page.evaluate(() =>
  Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
);
mkdirSync(`${root}docs`, { recursive: true });
await page.screenshot({ path: `${root}docs/screenshot.png` });

await browser.close();
await server.close();
await registry.close();
rmSync(folder, { recursive: true });
