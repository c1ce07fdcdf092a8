import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { BROWSER_FLAGS, findBrowser } from '../../../scripts/browser.mjs';
import type { canvasRenderer } from './canvas-renderer.ts';
import type { Frame } from './renderer.ts';
import { PLAIN, type Tone, toneTable } from './tone.ts';
import type { webglRenderer } from './webgl-renderer.ts';

declare const renderers: {
  readonly canvasRenderer: typeof canvasRenderer;
  readonly webglRenderer: typeof webglRenderer;
};

let browser: Browser;
let page: Page;
before(async () => {
  const executablePath = findBrowser();
  assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
  const [built] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(new URL('fixtures/renderers.ts', import.meta.url)),
        formats: ['iife'],
        name: 'renderers',
      },
    },
  })) as Rollup.RollupOutput[];
  browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  page = await browser.newPage();
  await page.addScriptTag({ content: built!.output[0].code });
});
after(() => browser?.close());

const SIDE = 96;
const FIELD = { x: 0.5, y: 0.5, radius: 0.45, left: 0.1, top: 0.1, right: 0.95, bottom: 0.9 };
const frame = (changes: Partial<Frame>, tone: Partial<Tone> = {}): Frame => ({
  sheet: { left: 0, top: 0, width: SIDE, height: SIDE },
  table: toneTable({ ...PLAIN, ...tone }),
  isRedFree: false,
  lens: null,
  isSharp: true,
  field: null,
  ...changes,
});

/** Both drawings of one picture: the largest difference of a value, and the mean one, of 255. */
const differences = ({ table, ...rest }: Frame) =>
  page.evaluate(
    ({ rest, table, side }) => {
      const data = new Uint8ClampedArray(side * side * 4);
      for (let i = 0; i < side * side; i++) {
        const [x, y] = [i % side, Math.floor(i / side)];
        data.set([x * 2.5, y * 2.5, 128 + 100 * Math.sin(x / 5) * Math.cos(y / 7), 255], i * 4);
      }
      const drawn = (['webgl', 'canvas'] as const).map((kind) => {
        const canvas = document.createElement('canvas');
        canvas.width = canvas.height = side;
        const renderer =
          kind === 'webgl' ? renderers.webglRenderer(canvas, true)! : renderers.canvasRenderer(canvas);
        renderer.setSource({ width: side, height: side, data });
        renderer.draw({ ...rest, table: new Uint8Array(table) });
        const copy = new OffscreenCanvas(side, side).getContext('2d')!;
        copy.drawImage(canvas, 0, 0);
        renderer.dispose();
        return copy.getImageData(0, 0, side, side).data;
      });
      const off = Array.from(drawn[0]!, (value, i) => Math.abs(value - drawn[1]![i]!));
      const spread = Math.max(...drawn[0]!.filter((_, i) => i % 4 !== 3));
      return { largest: Math.max(...off), mean: off.reduce((a, b) => a + b) / off.length, spread };
    },
    { rest, table: [...table], side: SIDE },
  );

describe('the shader draws what is drawn without a graphics card', () => {
  const cases: readonly (readonly [string, Frame])[] = [
    ['as it is', frame({})],
    ['every tone', frame({}, { brightness: 0.1, contrast: 1.6, gamma: 0.7 })],
    ['the negative within the field', frame({ field: FIELD }, { isInverted: true })],
    ['red-free', frame({ isRedFree: true, field: FIELD }, { contrast: 1.5 })],
    ['a picture that is moved', frame({ sheet: { left: 13, top: -20, width: SIDE, height: SIDE } })],
    ['pixels as squares', frame({ sheet: { left: -96, top: -96, width: SIDE * 4, height: SIDE * 4 } })],
  ];
  for (const [name, wanted] of cases) {
    test(`${name}: to one of 255`, async () => {
      const { largest, spread } = await differences(wanted);
      assert.ok(spread > 100, 'something is drawn');
      assert.ok(largest <= 1, `${largest}`);
    });
  }

  test('under the magnifier, but for its rim', async () => {
    const { mean } = await differences(frame({ lens: { x: 48, y: 48, radius: 30, power: 3 } }));
    assert.ok(mean < 0.6, `${mean}`);
  });

  test('made smaller and larger, about', async () => {
    for (const width of [60, 150]) {
      const sheet = { left: 0, top: 0, width, height: width };
      const { mean } = await differences(frame({ sheet, isSharp: false }, { contrast: 1.2 }));
      assert.ok(mean < 1.5, `${width}: ${mean}`);
    }
  });
});

test('where the processor plays the graphics card, the other one draws', async () => {
  assert.equal(await page.evaluate(() => renderers.webglRenderer(document.createElement('canvas'))), null);
});
