import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const packed = unzipSync(await readFile(join(root, 'src/keras/fixtures/layers.zip')));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** The examples of docs/keras.md, in a browser page bundled as a user would bundle it, and in Node. */
describe('the library fovea/keras', () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let address: string;
  const foreign: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-library-'));
    await build({
      root: join(root, 'docs/examples'),
      configFile: false,
      logLevel: 'error',
      // The package under test is the one that the example imports.
      resolve: { alias: { 'fovea/keras': join(root, 'dist/keras/index.js') } },
      build: {
        outDir: join(folder, 'built'),
        rollupOptions: { input: join(root, 'docs/examples/keras-browser.html') },
      },
    });
    server = createServer(async (request, response) => {
      const path = normalize(new URL(request.url!, 'http://localhost').pathname);
      const bytes = await readFile(join(folder, 'built', path)).catch(() => undefined);
      response.writeHead(bytes ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'text/plain' });
      response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    browser = await chromium.launch({ executablePath: findBrowser()!, args: BROWSER_FLAGS });
    page = await browser.newPage();
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!['blob:', 'data:'].includes(protocol) && origin !== address) foreign.push(request.url());
    });
    await page.goto(`${address}/keras-browser.html`);
  });

  after(async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true });
  });

  /** What the page writes once it has read a file. */
  async function answerOf(name: string, bytes: Uint8Array): Promise<string> {
    const output = page.locator('output');
    await output.evaluate((element: HTMLOutputElement) => {
      element.value = '';
    });
    const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
    await page.locator('input').setInputFiles(file);
    await page.waitForFunction(() => document.querySelector('output')!.value !== '');
    return output.innerText();
  }

  /** The same by the example for Node. */
  async function answerInNode(name: string, bytes: Uint8Array): Promise<number[]> {
    const path = join(folder, name.replaceAll(' ', '-'));
    await writeFile(path, bytes);
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(root, 'docs/examples/keras-node.mjs'),
      path,
    ]);
    return JSON.parse(stdout.slice(stdout.indexOf('[')).replaceAll(/\s+/g, ''));
  }

  for (const name of ['nested.h5', 'nested.keras', 'multi head.keras', 'lstm masked.h5']) {
    test(`gives the same answer in Chromium and in Node for ${name}`, async () => {
      const there = JSON.parse(await answerOf(name, packed[name]!)) as number[];
      const here = await answerInNode(name, packed[name]!);
      assert.equal(there.length, here.length);
      there.forEach((value, i) => {
        assert.ok(Math.abs(value - here[i]!) <= 1e-5, `${value} is not ${here[i]}`);
      });
    });
  }

  test('refuses in Chromium by the same code', async () => {
    assert.match(await answerOf('text.h5', Buffer.from('not a model')), /^MODEL_UNRECOGNISED: /);
  });

  test('asks nothing of any other address', () => {
    assert.deepEqual(foreign, []);
  });
});
