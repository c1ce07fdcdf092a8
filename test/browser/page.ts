import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';
import type { Method } from '../../src/explain/index.ts';
import { readCheck } from '../../src/flows/explain-store.ts';
import { encodeJpeg } from '../../src/image/index.ts';
import { Registry, readModelFile } from '../../src/model/index.ts';
import { type Server, startServer } from '../../src/server/start.ts';
import { renderFundus } from '../../src/synth/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A file as the system's dialogue would hand it over. */
export interface TestFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export const file = (name: string, bytes: Uint8Array | string, mimeType = ''): TestFile => ({
  name,
  mimeType,
  buffer: typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes),
});

/** A phantom with severe retinopathy, as a photograph. */
const { image, width, height } = renderFundus({ seed: 3, diseases: { dr: 3 } });
export const eye = await encodeJpeg({ width, height, channels: 3, data: image });

export const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));

/** A Keras model of four classes. */
export const tinyModel = () => fixture('tiny.h5');

/** The real server with a data folder of its own, and a browser in front of it. */
export class Stage {
  readonly #folder: string;
  readonly #registry: Registry;
  readonly #browser: Browser;
  server: Server;

  private constructor(folder: string, registry: Registry, server: Server, browser: Browser) {
    this.#folder = folder;
    this.#registry = registry;
    this.server = server;
    this.#browser = browser;
  }

  /** @param evidence folders of what is known of models' explanations; without them nothing counts as checked */
  static async open(evidence: readonly string[] = []): Promise<Stage> {
    const executablePath = findBrowser();
    assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
    const folder = await mkdtemp(join(tmpdir(), 'fovea-page-'));
    const registry = new Registry({
      builtIn: `${root}models`,
      user: join(folder, 'models'),
      cache: join(folder, 'cache'),
    });
    const [server, browser] = await Promise.all([
      serve(registry, 0, evidence),
      chromium.launch({ executablePath, args: BROWSER_FLAGS }),
    ]);
    return new Stage(folder, registry, server, browser);
  }

  /** The server again, at the address where it was. */
  async restart(): Promise<void> {
    this.server = await serve(this.#registry, Number(new URL(this.server.address).port));
  }

  /** The page, opened; asked of any other origin, or with an error of its own, the test fails at `leave`. */
  async visit(options: BrowserContextOptions = {}): Promise<{ page: Page; leave: () => Promise<void> }> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      // Nothing slides while it is clicked.
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    const foreign: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== this.server.address)
        foreign.push(url.href);
    });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      // Refused files answer with a status of 4xx, which Chromium writes down as an error.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        errors.push(message.text());
      }
    });
    await page.goto(this.server.address);
    await page.getByRole('button', { name: 'Try a sample' }).waitFor();
    const leave = async () => {
      await context.close();
      assert.deepEqual({ foreign, errors }, { foreign: [], errors: [] });
    };
    return { page, leave };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.close();
    await this.#registry.close();
    await rm(this.#folder, { recursive: true });
  }
}

/** What is shipped of the shipped model's explanations. */
export const shippedEvidence = `${root}evidence`;

/** What a shipped model's method of explaining is worth, as it was measured. */
export async function shippedCheck(model: string, method: Method) {
  const { manifest } = await readModelFile(`${root}models/${model}`);
  const check = await readCheck([shippedEvidence], manifest!, method);
  return check ?? assert.fail(`nobody has measured ${method} for ${model}`);
}

const serve = (registry: Registry, port: number, evidence: readonly string[] = []) =>
  startServer({
    host: '127.0.0.1',
    port,
    registry,
    version: '0.0.0',
    webFolder: `${root}dist/web`,
    evidence,
  });

/** Presses Browse and chooses the files. */
export async function browse(page: Page, files: readonly TestFile[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Browse…' }).first().click();
  await (await chooser).setFiles([...files]);
}

/** Drops or pastes files on the page, as the system would. */
export async function hand(page: Page, how: 'drop' | 'paste', files: readonly TestFile[]): Promise<void> {
  const plain = files.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    bytes: buffer.toString('base64'),
  }));
  await page.evaluate(
    ({ how, plain }) => {
      const data = new DataTransfer();
      for (const { name, mimeType, bytes } of plain) {
        data.items.add(
          new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type: mimeType }),
        );
      }
      const event =
        how === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    },
    { how, plain },
  );
}

/** Waits for a reading and gives what the panel says. */
export async function result(page: Page): Promise<string> {
  await page.getByRole('heading', { name: 'All classes' }).waitFor();
  return page.getByRole('complementary', { name: 'Result' }).innerText();
}
