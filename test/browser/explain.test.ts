import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { encodePng } from '../../src/image/index.ts';
import type { Evidence, ModelInfo, Occlusion } from '../../src/server/contract.ts';
import { renderFundus } from '../../src/synth/index.ts';
import { assertAccessible } from './accessible.ts';
import { browse, file, hand, result, Stage, tinyModel } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const { image, width, height } = renderFundus({ seed: 11, size: 512, diseases: { dr: 3 } });
const phantom = await encodePng({ width, height, channels: 3, data: image });
/** The same between black bars: wider than high. */
const wide = await sharp(phantom).extend({ left: 128, right: 128, background: '#000' }).png().toBuffer();

/** The page with a picture read. */
async function visit(options: Parameters<Stage['visit']>[0] = {}, picture: Uint8Array = phantom) {
  const { page, leave } = await stage.visit(options);
  await browse(page, [file('phantom.png', picture, 'image/png')]);
  await result(page);
  return { page, leave };
}

const show = (page: Page) => page.getByRole('button', { name: 'Show what it looked at' }).click();

/** Opens the evidence, and gives what the API answered. */
async function open(page: Page): Promise<Evidence> {
  const [answer] = await Promise.all([page.waitForResponse('**/api/explain*'), show(page)]);
  await mapOf(page).waitFor();
  return (await answer.json()) as Evidence;
}

const mapOf = (page: Page) => page.getByRole('img', { name: /^Map of/ });
const shownMap = (page: Page) =>
  mapOf(page)
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
const boxOf = async (locator: Locator) => (await locator.boundingBox())!;

/** Colour of the page at a point of the window. */
async function colourAt(page: Page, x: number, y: number): Promise<readonly number[]> {
  const png = await page.screenshot({ clip: { x: Math.round(x), y: Math.round(y), width: 1, height: 1 } });
  return [...(await sharp(png).removeAlpha().raw().toBuffer())];
}

/** Where on the screen the map is strongest, by what the API answered. */
async function strongestPoint(page: Page, { map }: Evidence) {
  const at = map.data.indexOf(1);
  const box = await boxOf(mapOf(page));
  return {
    x: box.x + (((at % map.width) + 0.5) / map.width) * box.width,
    y: box.y + ((Math.floor(at / map.width) + 0.5) / map.height) * box.height,
  };
}

const bar = (page: Page) => page.getByRole('group', { name: 'Map' });
const table = (page: Page) => page.getByRole('table', { name: /before and after/ });
const takeAwayButton = (page: Page) => bar(page).getByRole('button', { name: 'Take away' });

describe('the map', () => {
  test('lies over the picture at any zoom, is strongest where the API says, and what it means stands beside it', async () => {
    const { page, leave } = await visit();
    const evidence = await open(page);
    for (let zooms = 0; zooms < 3; zooms++) {
      const [map, picture] = await Promise.all([
        boxOf(mapOf(page)),
        boxOf(page.getByRole('img', { name: 'phantom.png' })),
      ]);
      // The model sees the lit field: the map lies over that part of the picture.
      const { left, top, right, bottom } = evidence.extent;
      const scale = picture.width / width;
      const seen = {
        x: picture.x + left * scale,
        y: picture.y + top * scale,
        width: (right - left) * scale,
        height: (bottom - top) * scale,
      };
      for (const side of ['x', 'y', 'width', 'height'] as const)
        assert.ok(Math.abs(map[side] - seen[side]) < 1, `${side} after ${zooms}`);
      await page.getByRole('button', { name: 'Zoom in' }).click();
    }

    const at = evidence.map.data.indexOf(1);
    const strongest = await mapOf(page)
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        const alphas = data.filter((_, i) => i % 4 === 3);
        // 255 levels: about the strongest place several pixels are as strong.
        const most = alphas.reduce((a, b) => Math.max(a, b));
        const places = [...alphas.keys()].filter((i) => alphas[i] === most);
        const mean = (of: (i: number) => number) => places.reduce((sum, i) => sum + of(i), 0) / places.length;
        return [
          mean((i) => i % canvas.width) / canvas.width,
          mean((i) => Math.floor(i / canvas.width)) / canvas.height,
        ];
      });
    const cell = 1 / evidence.map.width;
    assert.ok(Math.abs(strongest[0]! - ((at % evidence.map.width) + 0.5) * cell) < cell);
    assert.ok(Math.abs(strongest[1]! - (Math.floor(at / evidence.map.width) + 0.5) * cell) < cell);

    const statement = page.getByRole('region', { name: `Evidence for ${evidence.name}` });
    const text = await statement.innerText();
    for (const part of [evidence.sentence, evidence.evidenceReason, evidence.caveat, 'CAM'])
      assert.ok(text.includes(part), part);
    await leave();
  });

  test('of a model that sees the picture between bars lies beyond it by the bars', async () => {
    const { page, leave } = await visit({}, wide);
    await hand(page, 'drop', [file('keras_model.h5', await tinyModel())]);
    await page.getByRole('dialog').waitFor();
    const { models } = (await (await fetch(`${stage.server.address}/api/models`)).json()) as {
      models: ModelInfo[];
    };
    const { name, preprocessing } = models.find(({ builtIn }) => !builtIn)!.manifest;
    await fetch(`${stage.server.address}/api/models/${name}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ preprocessing: { ...preprocessing, crop: 'contain' } }),
    });
    await page.reload();
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option', { name: /keras/i }).click();
    await browse(page, [file('wide.png', wide, 'image/png')]);
    await result(page);
    const { extent } = await open(page);
    assert.ok(extent.top < 0 && extent.bottom > height);
    const [map, picture] = await Promise.all([
      boxOf(mapOf(page)),
      boxOf(page.getByRole('img', { name: 'wide.png' })),
    ]);
    // The input is square, so the map is, about the picture's middle.
    assert.ok(Math.abs(map.height - map.width) < 0.02 * map.width);
    assert.ok(Math.abs(map.y + map.height / 2 - (picture.y + picture.height / 2)) < 0.02 * map.height);
    await fetch(`${stage.server.address}/api/models/${name}`, { method: 'DELETE' });
    await leave();
  });

  test('is as opaque as one wants, at once; in other colours; as lines at 50, 75 and 90 %', async () => {
    const { page, leave } = await visit();
    const evidence = await open(page);
    const { x, y } = await strongestPoint(page, evidence);
    const slider = page.getByRole('slider', { name: 'Opacity' });
    let asked = 0;
    page.on('request', ({ url }) => {
      if (url().includes('/api/explain')) asked++;
    });
    await slider.press('End');
    const full = await colourAt(page, x, y);
    // The last colour of viridis, alone.
    for (const [c, value] of [0xfd, 0xe7, 0x25].entries())
      assert.ok(Math.abs(full[c]! - value) < 16, `${full}`);
    await slider.press('Home');
    const none = await colourAt(page, x, y);
    await page.getByRole('button', { name: 'Hide' }).click();
    await mapOf(page).waitFor({ state: 'hidden' });
    assert.match((await page.evaluate(() => document.activeElement?.textContent)) ?? '', /^Show what/);
    assert.notDeepEqual(none, full);
    assert.equal(asked, 0, 'nothing is asked of the server for it');

    await page.getByRole('button', { name: 'Show what it looked at' }).click();
    const viridis = await shownMap(page);
    await page.getByRole('combobox', { name: 'Colours' }).selectOption('inferno');
    assert.notEqual(await shownMap(page), viridis);
    await bar(page).getByText('Lines').click();
    const lines = mapOf(page).locator('path');
    assert.equal(await lines.count(), 6);
    const places = (await lines.last().getAttribute('d'))!.match(/[\d.]+ [\d.]+/g)!.map((place) => {
      const [x, y] = place.split(' ').map(Number);
      const column = Math.min(evidence.map.width - 1, Math.floor(x! * evidence.map.width));
      const row = Math.min(evidence.map.height - 1, Math.floor(y! * evidence.map.height));
      return evidence.map.data[row * evidence.map.width + column]!;
    });
    assert.ok(places.length > 8);
    assert.ok(
      places.every((value) => value > 0.4),
      'the line at 90 % goes through strong cells alone',
    );
    await leave();
  });

  test('of another class or by another method is another map; back again nothing is asked', async () => {
    const { page, leave } = await visit();
    const { name } = await open(page);
    const first = await shownMap(page);
    const choose = (wanted: string) => page.getByRole('button', { name: wanted, exact: true });
    const [answer] = await Promise.all([
      page.waitForResponse('**/api/explain*'),
      choose('Other abnormality').click(),
    ]);
    assert.equal(((await answer.json()) as Evidence).label, 'O');
    await page.getByRole('heading', { name: 'Evidence for Other abnormality' }).waitFor();
    await mapOf(page).waitFor();
    assert.notEqual(await shownMap(page), first);
    assert.equal(await choose('Other abnormality').getAttribute('aria-pressed'), 'true');

    // A class that nothing speaks for: no map, and that is said.
    await choose('Glaucoma').click();
    await page.getByText('no part of the picture speaks for Glaucoma').waitFor();
    assert.equal(await mapOf(page).count(), 0);

    await choose(name).click();
    await mapOf(page).waitFor();
    assert.equal(await shownMap(page), first);
    await page.getByRole('combobox', { name: 'Method' }).click();
    await page.getByRole('option', { name: 'Input × gradient' }).click();
    await page
      .getByRole('region', { name: /^Evidence for/ })
      .getByText('Input × gradient.')
      .waitFor();
    assert.notEqual(await shownMap(page), first);
    await leave();
  });

  test('whose method failed its check is not shown, and why stands in its place', async () => {
    const { page, leave } = await visit();
    const evidenceReason = 'Its maps stay alike when the model loses all it has learnt.';
    await page.route('**/api/explain*', async (route) => {
      const answer = (await (await route.fetch()).json()) as Evidence;
      await route.fulfill({ json: { ...answer, evidence: false, evidenceReason } });
    });
    await show(page);
    await page.getByText(evidenceReason).waitFor();
    await page.getByText(/The map of CAM is not shown/).waitFor();
    assert.equal(await mapOf(page).count(), 0);
    assert.ok(await page.getByRole('slider', { name: 'Opacity' }).isDisabled());
    await assertAccessible(page, 'no map');
    assert.equal(await page.getByRole('button', { name: 'Save as picture' }).count(), 0);
    await leave();
  });

  test('while it is made the page says so; stopped, it is as before', async () => {
    const { page, leave } = await visit();
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/api/explain*', async (route) => {
      await held;
      await route.abort().catch(() => {});
    });
    await show(page);
    await page.getByText('Looking…').waitFor();
    assert.match((await page.evaluate(() => document.activeElement?.textContent)) ?? '', /^Evidence for/);
    await assertAccessible(page, 'looking');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Show what it looked at' }).waitFor();
    assert.match((await page.evaluate(() => document.activeElement?.textContent)) ?? '', /^Show what/);
    go();
    await leave();
  });
});

describe('a part taken away', () => {
  test('by a click: the probabilities before and after, as the API says them; and put back', async () => {
    const { page, leave } = await visit();
    const evidence = await open(page);
    await takeAwayButton(page).click();
    await page.getByText('Click what is to be taken away.').waitFor();
    await page.getByRole('slider', { name: 'Size' }).press('End');
    const { x, y } = await strongestPoint(page, evidence);
    const [answer] = await Promise.all([page.waitForResponse('**/api/occlude*'), page.mouse.click(x, y)]);
    const circle = new URL(answer.url()).searchParams.get('circle')!.split(',').map(Number);
    const at = evidence.map.data.indexOf(1);
    const { extent, map } = evidence;
    const expected = [
      extent.left + (((at % map.width) + 0.5) / map.width) * (extent.right - extent.left),
      extent.top + ((Math.floor(at / map.width) + 0.5) / map.height) * (extent.bottom - extent.top),
      0.25 * width,
    ];
    for (const [i, value] of circle.entries()) assert.ok(Math.abs(value - expected[i]!) < 2, `${circle}`);

    const { outputs } = (await answer.json()) as Occlusion;
    const { before, after } = outputs.find(({ label }) => label === evidence.label)!;
    assert.equal(before, evidence.calibrated);
    assert.notEqual(after.toFixed(4), before.toFixed(4));
    const row = table(page).getByRole('row', { name: evidence.name });
    const percent = (value: number) => (value > 0.999 ? '>99.9%' : `${(value * 100).toFixed(1)}%`);
    assert.deepEqual(await row.getByRole('cell').allInnerTexts(), [percent(before), percent(after)]);
    await bar(page)
      .getByText(`→ ${percent(after)}`)
      .waitFor();

    await bar(page).getByRole('button', { name: 'Undo' }).click();
    await table(page).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Take away the strongest place' }).click();
    await table(page).waitFor();

    // It belongs to its picture: the next one is whole, and explained in its turn.
    await browse(page, [file('wide.png', wide, 'image/png')]);
    await page.getByRole('img', { name: 'wide.png' }).first().waitFor();
    await table(page).waitFor({ state: 'hidden' });
    await mapOf(page).waitFor();
    await leave();
  });

  test('is filled with what is around it in the picture, in that place alone', async () => {
    // A white square in the lower half of the phantom: taken away, nothing white is left.
    const marked = await sharp(phantom)
      .composite([
        {
          input: { create: { width: 20, height: 20, channels: 3, background: '#fff' } },
          left: 246,
          top: 340,
        },
      ])
      .png()
      .toBuffer();
    const { page, leave } = await visit({}, marked);
    await open(page);
    await page.getByRole('slider', { name: 'Opacity' }).press('Home');
    const box = await boxOf(page.getByRole('img', { name: 'phantom.png' }));
    await takeAwayButton(page).click();
    // The bar grew by a row, and the picture is fitted anew.
    await page.waitForFunction(
      (before) => document.querySelector('img')!.getBoundingClientRect().height < before,
      box.height,
    );
    const now = await boxOf(page.getByRole('img', { name: 'phantom.png' }));
    const [x, y] = [now.x + now.width / 2, now.y + (350 / 512) * now.height];
    assert.ok((await colourAt(page, x, y)).every((value) => value > 240));
    await Promise.all([page.waitForResponse('**/api/occlude*'), page.mouse.click(x, y)]);
    await table(page).waitFor();
    assert.ok((await colourAt(page, x, y)).some((value) => value < 200));
    await leave();
  });

  test('with keys alone: arrows move the circle, Enter takes away', async () => {
    const { page, leave } = await visit();
    await open(page);
    await takeAwayButton(page).press('Enter');
    const viewer = page.getByRole('application');
    await viewer.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const [answer] = await Promise.all([
      page.waitForResponse('**/api/occlude*'),
      page.keyboard.press('Enter'),
    ]);
    const [x, y, radius] = new URL(answer.url()).searchParams.get('circle')!.split(',').map(Number);
    assert.deepEqual([x, y], [width / 2 + radius! / 2, height / 2]);
    await page.getByText('1 part taken away').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('2 parts taken away').waitFor();
    await page.getByRole('button', { name: 'Put everything back' }).press('Enter');
    await table(page).waitFor({ state: 'hidden' });
    await leave();
  });
});

test('red-free stands beside the picture, grey, and zooms with it', async () => {
  const { page, leave } = await visit();
  await open(page);
  await bar(page).getByRole('button', { name: 'Red-free' }).click();
  const [colour, grey] = [
    page.getByRole('img', { name: 'phantom.png', exact: true }),
    page.getByRole('img', { name: 'phantom.png, red-free' }),
  ];
  await grey.waitFor();
  for (let zooms = 0; zooms < 2; zooms++) {
    const [left, right] = await Promise.all([boxOf(colour), boxOf(grey)]);
    assert.ok(right.x > left.x);
    for (const side of ['y', 'width', 'height'] as const)
      assert.ok(Math.abs(left[side] - right[side]) < 1, side);
    await page.getByRole('button', { name: 'Zoom in' }).click();
  }
  await page.getByRole('button', { name: 'Fit' }).click();
  await page.getByRole('slider', { name: 'Opacity' }).press('Home');
  const [left, right] = await Promise.all([boxOf(colour), boxOf(grey)]);
  const [, green] = await colourAt(page, left.x + left.width * 0.4, left.y + left.height * 0.4);
  const shades = await colourAt(page, right.x + right.width * 0.4, right.y + right.height * 0.4);
  assert.ok(
    shades.every((value) => value === shades[0]),
    `${shades}`,
  );
  assert.ok(Math.abs(shades[0]! - green!) < 24, `${shades[0]} of ${green}`);
  await leave();
});

test('saved, it is a picture that says what it is of, by which method and model, and for what use', async () => {
  const { page, leave } = await visit();
  const evidence = await open(page);
  for (const look of ['Colours', 'Lines']) {
    await bar(page).getByText(look, { exact: true }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as picture' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), `phantom - ${evidence.name} - CAM.png`);
    const png = await readFile(await download.path());
    const text = png.toString('latin1');
    for (const part of [
      evidence.name,
      evidence.caveat,
      evidence.sentence,
      evidence.evidenceReason,
      evidence.model.sha256.slice(0, 8),
      'Research use only, not a medical device.',
    ])
      assert.ok(text.includes(part), part);
    const { width: savedWidth, height: savedHeight } = await sharp(png).metadata();
    assert.equal(savedWidth, 800);
    assert.ok(savedHeight! > 900, 'the note stands below the picture');
    // The picture is in it: its middle is not the note's near-black.
    const { channels } = await sharp(png).extract({ left: 300, top: 300, width: 200, height: 200 }).stats();
    assert.ok(channels[0]!.mean > 40, `${channels[0]!.mean}`);
  }
  await leave();
});

describe('what goes wrong', () => {
  test('a method that the model does not allow: its sentence, and one press to one that it does', async () => {
    const { page, leave } = await visit();
    await hand(page, 'drop', [file('keras_model.h5', await tinyModel())]);
    await page.getByRole('dialog').getByText('This is a guess.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('list', { name: 'All classes' }).getByText('Class 3').waitFor();
    await page.route('**/api/explain?*method=cam', (route) =>
      route.fulfill({
        status: 422,
        json: {
          error: {
            code: 'EXPLANATION_IMPOSSIBLE',
            message: 'Method "cam" cannot explain this model: its head is not an average and one matrix.',
            hint: 'Use "occlusion" or "rise", which ask nothing of a model but its answers.',
          },
        },
      }),
    );
    await show(page);
    // What arrives above the chooser pushes it away, and its list closes with it.
    for (const busy of ['Looking…', 'Comparing…']) await page.getByText(busy).waitFor({ state: 'hidden' });
    await page.getByRole('combobox', { name: 'Method' }).click();
    await page.getByRole('option', { name: 'CAM', exact: true }).click();
    await page.getByRole('alert').getByText('cannot explain this model').waitFor();
    await assertAccessible(page, 'refused');
    await page.getByRole('button', { name: 'Use occlusion' }).click();
    await page.getByText('Occlusion.', { exact: true }).waitFor();
    await leave();
  });

  test('a server that is gone: told, and tried again', async () => {
    const { page } = await visit();
    let isGone = true;
    await page.route('**/api/explain*', (route) => (isGone ? route.abort() : route.continue()));
    await show(page);
    await page.getByRole('complementary').getByRole('alert').getByText('does not answer').waitFor();
    isGone = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await mapOf(page).waitFor();
    await page.context().close();
  });
});

for (const colorScheme of ['dark', 'light'] as const) {
  test(`${colorScheme}: every state is accessible`, async () => {
    const { page, leave } = await visit({ colorScheme });
    await open(page);
    await page.mouse.move(0, 0);
    await assertAccessible(page, 'map');
    await bar(page).getByText('Lines').click();
    await bar(page).getByRole('button', { name: 'Red-free' }).click();
    await takeAwayButton(page).click();
    await assertAccessible(page, 'lines, red-free, taking away');
    await page.getByRole('button', { name: 'Take away the strongest place' }).click();
    await table(page).waitFor();
    await assertAccessible(page, 'a part taken away');
    await leave();
  });
}

test('a window of 360 px holds all of it, the picture in view while one scrolls', async () => {
  const { page, leave } = await visit({ viewport: { width: 360, height: 740 } });
  await open(page);
  await takeAwayButton(page).click();
  await page.getByRole('button', { name: 'Take away the strongest place' }).click();
  await table(page).waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
  await page.getByRole('button', { name: 'Save as picture' }).scrollIntoViewIfNeeded();
  const stageBox = await boxOf(page.getByRole('region', { name: 'Picture' }));
  assert.ok(stageBox.y >= 0 && stageBox.y < 10);
  await assertAccessible(page, 'narrow');
  await leave();
});
