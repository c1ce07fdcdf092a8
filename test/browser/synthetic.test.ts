import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { listZip, readZip } from '../../src/formats/zip.ts';
import { decode } from '../../src/image/index.ts';
import { renderEye } from '../../src/synth/index.ts';
import { result, Stage } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const drawn = (page: Page) => page.getByText('Drawing…').waitFor({ state: 'hidden' });

/** The picture as it stands, to see whether it changed. */
const pixels = (page: Page) =>
  page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

async function visit() {
  const visited = await stage.visit();
  await visited.page.goto(`${stage.server.address}/#/synthetic`);
  await visited.page.getByRole('heading', { name: 'What is in it' }).waitFor();
  await drawn(visited.page);
  return visited;
}

/** What the second picture of a set says that it was drawn from. */
const parametersIn = (archive: Uint8Array) =>
  /iTXtParameters\0{5}(\{.*?\}.*?\}.*?\})/.exec(
    Buffer.from(readZip(archive, ['phantom-11-0002.png'])['phantom-11-0002.png']!).toString('latin1'),
  )![1]!;

describe('a synthetic eye', () => {
  test('is drawn anew with every choice, and says what is in it', async () => {
    const { page, leave } = await visit();
    const truth = page.getByRole('region', { name: 'Truth' });
    assert.match(await truth.innerText(), /ICDR 3/);
    const before = await pixels(page);

    await page.getByText('vessel', { exact: true }).click();
    assert.notEqual(await pixels(page), before, 'the mask lies over the picture');
    await page.getByText('vessel', { exact: true }).click();
    assert.equal(await pixels(page), before);

    // With the keyboard: one grade down.
    await page.getByRole('slider', { name: 'Grade' }).press('ArrowLeft');
    await truth.getByText(/ICDR 2/).waitFor();
    await drawn(page);
    assert.notEqual(await pixels(page), before);

    await page.getByRole('combobox', { name: 'Disease' }).click();
    await page.getByRole('option', { name: 'glaucoma' }).click();
    await page.getByText(/by cup-to-disc ratio/).waitFor();
    await drawn(page);
    assert.doesNotMatch(await truth.innerText(), /hard exudate|ICDR/);
    await leave();
  });

  test('is downloaded as a file that says what it is, and read by the model', async () => {
    const { page, leave } = await visit();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'phantom 11.png');
    const png = (await readFile(await download.path())).toString('latin1');
    assert.match(png, /Synthetic image of no person/);
    assert.match(png, /"diseases":\{"dr":3\}/);

    await page.getByRole('button', { name: 'Read this picture' }).click();
    assert.match(await result(page), /phantom 11\.png/);
    assert.equal(new URL(page.url()).hash, '#/');
    await leave();
  });

  test('is looked at in another modality: the same eye, its layers and thickness', async () => {
    const { page, leave } = await visit();
    const truth = page.getByRole('region', { name: 'Truth' });
    const age = /Age\s+(\d+) years/.exec(await truth.innerText())![1];
    await page.getByText('OCT', { exact: true }).click();
    await truth.getByText('RNFL').waitFor();
    assert.equal(/Age\s+(\d+) years/.exec(await truth.innerText())![1], age);
    assert.match((await truth.getByRole('img').getAttribute('aria-label'))!, /centre 2\d\d/);

    await page.getByRole('combobox', { name: 'Disease' }).click();
    await page.getByRole('option', { name: 'diabetic macular oedema' }).click();
    await truth.getByText('intraretinal fluid').waitFor();
    await drawn(page);
    const before = await pixels(page);
    await page.getByText('intraretinal fluid', { exact: true }).first().click();
    assert.notEqual(await pixels(page), before, 'the fluid is marked');

    await page.getByRole('slider', { name: 'Scan, µm below the fovea' }).press('Home');
    await page.getByText('3000 µm above the fovea').waitFor();

    await page.getByText('Angiogram', { exact: true }).click();
    await truth.getByText('Closed capillaries').waitFor();
    assert.equal(/Age\s+(\d+) years/.exec(await truth.innerText())![1], age);
    await page.getByText('late', { exact: true }).click();
    await page.getByText('leakage', { exact: true }).waitFor();
    await leave();
  });

  test('is downloaded as a set: pictures, masks, labels and truth', async () => {
    const { page, leave } = await visit();
    await page.getByText('A set of such eyes').click();
    await page.getByRole('textbox', { name: 'Eyes' }).fill('3');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the set' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'phantoms 11.zip');
    const archive = new Uint8Array(await readFile(await download.path()));
    const names = listZip(archive).map(({ path }) => path);
    for (const name of ['images/phantom-11-0003.png', 'masks/vessel/phantom-11-0001.png', 'truth.jsonl'])
      assert.ok(names.includes(name), name);
    const labels = new TextDecoder().decode(readZip(archive, ['labels.csv'])['labels.csv']);
    assert.match(labels, /images\/phantom-11-0002\.png,phantom-11-0002,OD,D,train,\d+,3,/);
    // The same bytes of pixels as the command draws.
    const { image } = renderEye({ ...JSON.parse(parametersIn(archive)), modality: 'fundus' });
    const picture = await decode(readZip(archive, ['phantom-11-0002.png'])['phantom-11-0002.png']!);
    assert.deepEqual(new Uint8Array(picture.data), image);
    await leave();
  });

  test('that cannot be is refused in a sentence', async () => {
    const { page, leave } = await visit();
    await page.getByRole('combobox', { name: 'Disease' }).click();
    await page.getByRole('option', { name: 'age-related macular degeneration' }).click();
    await page.getByText('30°').click();
    await page.getByText('disc', { exact: true }).last().click();
    await page.getByText(/No eye can be drawn with/).waitFor();
    await page.getByText('45°').click();
    await page.getByText(/No eye can be drawn with/).waitFor({ state: 'hidden' });
    await leave();
  });
});
