import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { BROWSER_FLAGS, findBrowser } from '../../../scripts/browser.mjs';
import { assertAccessible } from '../../../test/browser/accessible.ts';
import { encodeJpeg } from '../../image/index.ts';
import { renderFundus } from '../../synth/index.ts';
import { evidence, SIDE, visitOf } from './fixtures/visit.ts';

const root = fileURLToPath(new URL('fixtures', import.meta.url));
const { image, width, height } = renderFundus({ seed: 5, eye: 'OD', size: SIDE });
const picture = await encodeJpeg({ width, height, channels: 3, data: image });

let folder: string;
let server: PreviewServer;
let browser: Browser;
before(async () => {
  const executablePath = findBrowser();
  assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
  folder = await mkdtemp(join(tmpdir(), 'fovea-room-'));
  const built = {
    root,
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      minify: false,
      rolldownOptions: { input: join(root, 'room.html') },
    },
  } as const;
  await build({ ...built, plugins: [react()] });
  server = await preview({ ...built, preview: { host: '127.0.0.1', port: 0, strictPort: false } });
  browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Visited {
  readonly page: Page;
  readonly leave: () => Promise<void>;
}

interface Options extends BrowserContextOptions {
  readonly blindedFirst?: boolean;
  /** Pictures whose address holds this come only when `release` is called. */
  readonly held?: string;
}

async function enter({
  blindedFirst = false,
  held,
  ...options
}: Options = {}): Promise<Visited & { readonly release: () => void }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/api/images/**', async (route) => {
    if (held && route.request().url().includes(held)) await released;
    await route.fulfill({ contentType: 'image/jpeg', body: Buffer.from(picture) });
  });
  const room = {
    visit: visitOf('now', { blindedFirst }),
    earlier: visitOf('then', { date: '2025-01-31' }),
    evidence: { state: 'ready', evidence },
  };
  await page.addInitScript(`window.room = ${JSON.stringify(room)}`);
  await page.goto(`${server.resolvedUrls!.local[0]}room.html`);
  await page.getByRole('img', { name: 'Right eye' }).waitFor();
  await shownIn(page, 'OD');
  const leave = async () => {
    await context.close();
    assert.deepEqual(errors, []);
  };
  return { page, leave, release };
}

/** Waits for the picture of an eye: its zoom is told. */
const shownIn = (page: Page, eye: string) =>
  page
    .locator(`[data-eye=${eye}]`)
    .getByText(/^\d+%$/)
    .waitFor({ state: 'attached' });

/** Where a picture lies, as it is drawn: pixels of its panel. */
const sheet = async (page: Page, eye: string) =>
  page.locator(`[data-eye=${eye}] [class*=sheet]`).evaluate(({ style }: { style: CSSStyleDeclaration }) => ({
    left: Number.parseFloat(style.left),
    width: Number.parseFloat(style.width),
  }));
const isPressed = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: false }).first().getAttribute('aria-pressed');
/** Mean red, green and blue of a picture on the screen. */
const meanColour = (page: Page, eye: string) =>
  page
    .locator(`[data-eye=${eye}] canvas`)
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const small = new OffscreenCanvas(64, 64).getContext('2d')!;
      small.drawImage(canvas, 0, 0, 64, 64);
      const { data } = small.getImageData(0, 0, 64, 64);
      return [0, 1, 2].map((c) => data.reduce((sum, v, i) => (i % 4 === c ? sum + v : sum), 0) / 4096);
    });

describe('two eyes', () => {
  test('the right eye stands on the viewer’s left; they move together, in the mirror, until they are unlinked', async () => {
    const { page, leave } = await enter();
    const [right, left] = await Promise.all(
      ['OD', 'OS'].map((eye) => page.locator(`[data-eye=${eye}]`).boundingBox()),
    );
    assert.ok(right!.x < left!.x);
    for (const key of ['+', '+', '+', 'ArrowLeft']) await page.keyboard.press(key);
    const [od, os] = [await sheet(page, 'OD'), await sheet(page, 'OS')];
    const panel = right!.width;
    // A line between them takes a pixel.
    assert.ok(Math.abs(od.width - os.width) < 5);
    assert.ok(od.left > (panel - od.width) / 2 + 10, 'the right eye’s picture moved to the right');
    assert.ok(Math.abs(od.left + os.left + od.width - panel) < 5, 'and the left eye’s as far to the left');
    await page.keyboard.press('l');
    await page.keyboard.press('+');
    assert.deepEqual(await sheet(page, 'OS'), os);
    assert.notDeepEqual(await sheet(page, 'OD'), od);
    await page.keyboard.press('0');
    assert.ok((await sheet(page, 'OD')).width <= panel && (await sheet(page, 'OS')).width <= panel);
    await leave();
  });

  test('two fingers spread as far as the picture grows, and a double click fits it in again', async () => {
    const { page, leave } = await enter({ hasTouch: true });
    const before = (await sheet(page, 'OD')).width;
    const { x, y, width, height } = (await page.locator('[data-eye=OD] section').boundingBox())!;
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart?: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: apart
          ? [-apart / 2, apart / 2].map((dx, id) => ({ x: x + width / 2 + dx, y: y + height / 2, id }))
          : [],
      });
    await touch('touchStart', 60);
    for (let apart = 70; apart <= 180; apart += 10) await touch('touchMove', apart);
    await touch('touchEnd');
    const grown = (await sheet(page, 'OD')).width / before;
    assert.ok(Math.abs(grown - 3) < 0.35, `${grown}`);
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    assert.equal((await sheet(page, 'OD')).width, before);
    await leave();
  });

  test('keys show one eye or both, and walk through its images; an earlier visit’s says so', async () => {
    const { page, leave } = await enter();
    await page.keyboard.press('1');
    assert.equal(await page.locator('[data-eye=OS]').isVisible(), false);
    await page.keyboard.press(',');
    await page.getByText('Earlier visit, ').first().waitFor();
    await page.keyboard.press('.');
    await page.getByRole('application', { name: 'Right eye, now-right.jpg' }).waitFor();
    await page.keyboard.press('3');
    assert.equal(await page.locator('[data-eye=OS]').isVisible(), true);
    await leave();
  });

  test('another patient’s picture is never shown under this one’s name', async () => {
    const { page, leave, release } = await enter({ held: '/next-' });
    assert.ok((await meanColour(page, 'OD'))[0]! > 20);
    await page.evaluate(`window.openVisit(${JSON.stringify(visitOf('next'))})`);
    await page.getByLabel('Loading the Right eye').waitFor({ state: 'attached' });
    assert.deepEqual(await meanColour(page, 'OD'), [0, 0, 0]);
    release();
    await shownIn(page, 'OD');
    assert.ok((await meanColour(page, 'OD'))[0]! > 20);
    await leave();
  });
});

describe('the picture', () => {
  test('is red-free, negative, equalised, and as it was taken again', async () => {
    const { page, leave } = await enter();
    const plain = await meanColour(page, 'OD');
    assert.ok(plain[0]! > plain[2]! + 10);
    await page.keyboard.press('g');
    const green = await meanColour(page, 'OD');
    assert.ok(Math.abs(green[0]! - green[2]!) < 1);
    await page.keyboard.press('i');
    assert.ok((await meanColour(page, 'OD'))[0]! > green[0]! + 20);
    await page.keyboard.press('r');
    await page.keyboard.press('c');
    await page.getByText('CLAHE…').first().waitFor({ state: 'detached' });
    const equalised = await meanColour(page, 'OD');
    assert.ok(Math.abs(equalised[1]! - plain[1]!) > 3, `${plain} → ${equalised}`);
    await page.keyboard.press('r');
    assert.deepEqual(await meanColour(page, 'OD'), plain);
    await leave();
  });

  test('is the next patient’s as it was taken, unless the tone is kept', async () => {
    const { page, leave } = await enter();
    await page.keyboard.press('g');
    await page.evaluate(`window.openVisit(${JSON.stringify(visitOf('next'))})`);
    await page.getByRole('application', { name: 'next-right.jpg' }).waitFor();
    assert.equal(await isPressed(page, 'Red-free'), 'false');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByLabel('Keep for the next patient').check();
    await page.evaluate(`window.openVisit(${JSON.stringify(visitOf('now'))})`);
    await page.getByRole('application', { name: 'now-right.jpg' }).waitFor();
    assert.equal(await isPressed(page, 'Red-free'), 'true');
    await leave();
  });

  test('is magnified while M is held, or until it is tapped again', async () => {
    const { page, leave } = await enter();
    await page.keyboard.down('m');
    await page.waitForTimeout(400);
    assert.equal(await isPressed(page, 'Magnifier'), 'true');
    await page.keyboard.up('m');
    assert.equal(await isPressed(page, 'Magnifier'), 'false');
    await page.keyboard.press('m');
    assert.equal(await isPressed(page, 'Magnifier'), 'true');
    await page.keyboard.press('m');
    assert.equal(await isPressed(page, 'Magnifier'), 'false');
    await leave();
  });

  test('is measured by keys alone, and Enter there confirms nothing', async () => {
    const { page, leave } = await enter();
    await page.keyboard.press('d');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 6; i++) await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Enter');
    const scale = (await sheet(page, 'OD')).width / SIDE;
    const [, µm, discs, pixels] =
      /^≈ ([\d,]+) µm · ([\d.]+) DD · (\d+) px\nby an average eye’s disc and fovea$/.exec(
        await page.getByLabel('Length').innerText(),
      )!;
    assert.equal(Number(pixels), Math.round(60 / scale));
    assert.equal(Number(discs), Number((60 / scale / 40).toFixed(2)));
    // 45° of 276 µm across 248 pixels.
    assert.ok(Math.abs(Number(µm!.replace(',', '')) / ((60 / scale) * ((45 * 276) / 248)) - 1) < 0.05);
    assert.equal(await isPressed(page, 'Confirm'), 'false');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByLabel('Length').count(), 0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    assert.equal(await isPressed(page, 'Confirm'), 'true');
    await leave();
  });
});

describe('a verdict by keys', () => {
  test('Enter confirms what the models say, Ctrl Enter signs, also out of the comment', async () => {
    const { page, leave } = await enter();
    await page.keyboard.press('Enter');
    await page.getByLabel('Comment').fill('as seen');
    await page.keyboard.press('Control+Enter');
    assert.deepEqual(await page.evaluate('window.signed'), {
      decision: 'confirmed',
      grades: { OD: { result: 'positive', level: 'severe' }, OS: { result: 'negative', level: 'none' } },
      comment: 'as seen',
      after: null,
    });
    await leave();
  });

  test('what was changed is not put back by Enter', async () => {
    const { page, leave } = await enter();
    await page.keyboard.press('Enter');
    await page.keyboard.press('e');
    await page.getByRole('radio', { name: 'Severe' }).first().waitFor();
    await page.waitForFunction('document.activeElement.type === "radio"');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    const { grades } = (await page.evaluate('window.signed')) as NonNullable<typeof window.signed>;
    assert.deepEqual(grades.OD, { result: 'positive', level: 'moderate' });
    await leave();
  });

  test('it is not signed before every eye is graded, and says what is missing', async () => {
    const { page, leave } = await enter();
    await page.keyboard.press('Control+Enter');
    assert.equal(await page.evaluate('window.signed'), undefined);
    await page.getByText('Confirm or change what the models say.').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('radio', { name: 'None' }).first().check();
    await page.getByText('Grade the left eye.').waitFor();
    await leave();
  });

  test('who grades first is told nothing: no answer, no map', async () => {
    const { page, leave } = await enter({ blindedFirst: true });
    const text = await page.locator('main').innerText();
    assert.match(text, /Grade first, then the model’s answer is shown\./);
    assert.doesNotMatch(text, /retinopathy|Severe NPDR|%\s*$|refer/i);
    await page.keyboard.press('h');
    assert.equal(await isPressed(page, 'Heat-map'), 'false');
    await page.keyboard.press('Enter');
    assert.equal(await isPressed(page, 'Confirm'), 'false');
    await page.getByRole('radio', { name: 'None' }).first().check();
    await page.getByRole('radio', { name: 'Not gradable' }).last().check();
    await page.keyboard.press('Control+Enter');
    const { decision } = (await page.evaluate('window.signed')) as NonNullable<typeof window.signed>;
    assert.equal(decision, 'confirmed');
    await leave();
  });
});

test('keys of one character are switched off and on, and stay so', async () => {
  const { page, leave } = await enter();
  await page.keyboard.press('?');
  await page.getByRole('switch', { name: 'Keys of one character' }).uncheck({ force: true });
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('g');
  assert.equal(await isPressed(page, 'Red-free'), 'false');
  await page.reload();
  await shownIn(page, 'OD');
  await page.keyboard.press('g');
  assert.equal(await isPressed(page, 'Red-free'), 'false');
  await leave();
});

for (const colorScheme of ['dark', 'light'] as const) {
  test(`${colorScheme}: every state is accessible`, async () => {
    const { page, leave } = await enter({ colorScheme });
    await assertAccessible(page, 'open');
    for (const key of ['a', 'o', 'h', 'm', 'd', 'Enter', 'ArrowRight']) await page.keyboard.press(key);
    await page.getByText('What speaks for Severe NPDR').waitFor();
    await page.keyboard.press('e');
    await assertAccessible(page, 'every tool, and changing');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page, 'keys');
    await leave();
  });
}

test('blinded and narrow: accessible, and nothing is wider than the page', async () => {
  const { page, leave } = await enter({ blindedFirst: true, viewport: { width: 390, height: 844 } });
  await assertAccessible(page, 'blinded and narrow');
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  await leave();
});
