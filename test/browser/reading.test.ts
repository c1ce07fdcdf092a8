import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import type { ClassifyAnswer } from '../../src/server/contract.ts';
import { renderFundus } from '../../src/synth/index.ts';
import { browse, eye, file, hand, result, Stage } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

/** What the API says of the same bytes. */
async function ask(bytes: Uint8Array) {
  const data = new FormData();
  data.append('image', new Blob([new Uint8Array(bytes)]), 'eye.jpg');
  const response = await fetch(`${stage.server.address}/api/classify`, { method: 'POST', body: data });
  const [reading] = ((await response.json()) as ClassifyAnswer).results;
  assert.ok(reading && 'outputs' in reading);
  return reading;
}

describe('a picture comes in', () => {
  test('Browse → picture → label, every class, model and time, as the API says it', async () => {
    const { page, leave } = await stage.visit();
    assert.equal(await page.title(), 'Retinal Disease Classifier');
    await page.getByRole('heading', { level: 1, name: 'Retinal Disease Classifier' }).waitFor();
    await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
    const text = await result(page);
    const reading = await ask(eye);
    for (const { name, probability } of reading.outputs) {
      assert.ok(text.includes(name), name);
      if (probability >= 0.001) assert.ok(text.includes(`${(probability * 100).toFixed(1)}%`), name);
    }
    const held = reading.predicted.map((label) => reading.outputs.find((o) => o.label === label)!);
    const likely = held.filter(({ calibrated }) => calibrated! >= 0.5);
    const [headed, suspected] =
      likely.length > 0 ? [likely, held.slice(likely.length)] : [held.slice(0, 1), held.slice(1)];
    const headings = await page.getByRole('heading', { level: 2 }).allInnerTexts();
    assert.equal(headings.length, Math.max(1, headed.length));
    for (const [i, { name }] of headed.entries()) assert.ok(headings[i]!.startsWith(name));
    for (const { name } of suspected) assert.match(text, new RegExp(`Suspected too, .*${name} \\d`));
    assert.match(text, /512 × 512 px/);
    assert.ok(text.includes(reading.model.version) && text.includes(reading.model.sha256.slice(0, 8)));
    assert.match(text, /\d m?s\n?decode/);
    assert.match(text, /Research use only\. Not a medical device\./);
    await page.getByRole('img', { name: 'eye.jpg' }).waitFor();
    await leave();
  });

  test('what is more likely absent than there is suspected: one is the headline, the others a sentence', async () => {
    const { page, leave } = await stage.visit();
    await page.route('**/api/classify*', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as ClassifyAnswer;
      for (const reading of answer.results) {
        assert.ok('outputs' in reading);
        const low = { G: 0.3, C: 0.2 } as Readonly<Record<string, number>>;
        const outputs = reading.outputs.map((one) => ({ ...one, calibrated: low[one.label] ?? 0.01 }));
        Object.assign(reading, { outputs, predicted: ['G', 'C'], abstained: false });
      }
      await route.fulfill({ response, json: answer });
    });
    await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
    const text = await result(page);
    const headings = await page.getByRole('heading', { level: 2 }).allInnerTexts();
    assert.deepEqual(
      headings.map((heading) => heading.replace(/\s+/g, ' ')),
      ['Glaucoma 30.0%'],
    );
    assert.match(text, /more likely absent than there: suspected\./);
    assert.match(text, /Suspected too, more likely absent than there: Cataract 20\.0%\./);
    await leave();
  });

  for (const how of ['drop', 'paste'] as const) {
    test(`a picture that is ${how === 'drop' ? 'dropped' : 'pasted'}`, async () => {
      const { page, leave } = await stage.visit();
      await hand(page, how, [file('eye.jpg', eye, 'image/jpeg')]);
      assert.match(await result(page), /eye\.jpg/);
      await leave();
    });
  }

  test('the sample, a synthetic eye', async () => {
    const { page, leave } = await stage.visit();
    await page.getByRole('button', { name: 'Try a sample' }).click();
    assert.match(await result(page), /synthetic eye\.png/);
    await leave();
  });

  test('a TIFF, which the browser itself cannot show', async () => {
    const { width, height, image } = renderFundus({ seed: 5, size: 300 });
    const tiff = await sharp(image, { raw: { width, height, channels: 3 } })
      .tiff()
      .toBuffer();
    const { page, leave } = await stage.visit();
    await browse(page, [file('scan.tif', tiff, 'image/tiff')]);
    await result(page);
    const shown = page.getByRole('img', { name: 'scan.tif' });
    await page.waitForFunction(() => document.querySelector('img')?.naturalWidth === 300);
    await shown.waitFor();
    await leave();
  });

  test('several files, a bad one among them: the others are read', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [
      file('one.jpg', eye, 'image/jpeg'),
      file('bad.jpg', 'the patient was late', 'image/jpeg'),
      file('three.jpg', eye, 'image/jpeg'),
    ]);
    await result(page);
    const list = page.getByRole('listbox', { name: 'Pictures' });
    await list.getByText('Not an image').waitFor();
    await page.getByText('1 not read').waitFor();
    assert.equal(await list.getByRole('option').count(), 3);
    const shown = (await ask(eye)).predicted.length > 0 ? 2 : 0;
    if (shown > 0)
      await list
        .getByText('%')
        .nth(shown - 1)
        .waitFor();
    assert.equal(await list.getByText('%').count(), shown);
    await list.getByRole('option').nth(1).click();
    await page
      .getByRole('alert')
      .getByText('The file is not an image in a format that Fovea reads.')
      .waitFor();
    await leave();
  });
});

describe('keys alone', () => {
  test('a sample, the walk through the pictures, zoom and fit', async () => {
    const { page, leave } = await stage.visit();
    const focusOn = async (name: string) => {
      for (let i = 0; i < 20; i++) {
        await page.keyboard.press('Tab');
        if ((await page.evaluate(() => document.activeElement?.textContent)) === name) return;
      }
      assert.fail(`Tab does not reach ${name}`);
    };
    await focusOn('Try a sample');
    await page.keyboard.press('Enter');
    await result(page);
    // The focus went to the picture, so that it can be moved at once.
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'application');

    const scale = page.getByRole('status', { name: 'Scale' });
    const fitted = await scale.innerText();
    await page.keyboard.press('+');
    assert.notEqual(await scale.innerText(), fitted);
    const left = () =>
      page
        .locator('img')
        .first()
        .evaluate((img) => img.getBoundingClientRect().left);
    const before = await left();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await left(), before);
    await page.keyboard.press('0');
    assert.equal(await scale.innerText(), fitted);

    await hand(page, 'paste', [file('two.jpg', eye, 'image/jpeg'), file('three.jpg', eye, 'image/jpeg')]);
    const current = () => page.getByRole('listbox').getByRole('option', { selected: true }).innerText();
    assert.match(await current(), /two\.jpg/);
    await page.keyboard.press('j');
    assert.match(await current(), /three\.jpg/);
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    assert.match(await current(), /synthetic eye/);
    await page.getByRole('listbox').getByRole('option', { selected: true }).focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await current(), /two\.jpg/);
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /two\.jpg/);
    await leave();
  });

  test('the wheel zooms where it points, a double click fits', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
    const scale = page.getByRole('status', { name: 'Scale' });
    const fitted = await scale.innerText();
    await page.mouse.move(300, 300);
    await page.mouse.wheel(0, -600);
    await page.waitForFunction((text) => document.querySelector('output')?.textContent !== text, fitted);
    await page.mouse.dblclick(300, 300);
    await page.waitForFunction((text) => document.querySelector('output')?.textContent === text, fitted);
    await leave();
  });
});
