import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { decodeOnnx } from '../../src/formats/onnx/decode.ts';
import { browse, eye, file, fixture, hand, result, Stage, tinyModel } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const refused: readonly (readonly [what: string, bytes: string | Uint8Array, sentence: RegExp])[] = [
  ['text', 'not a model at all', /not a Keras or ONNX model/],
  ['nothing', '', /empty \(0 bytes\)/],
  [
    'a Git-LFS pointer',
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 4242\n`,
    /Git-LFS pointer/,
  ],
  ['HDF5 without a model', await fixture('no_model.h5'), /The file holds no model/],
  [
    'a model with a layer of its own',
    await fixture('own_layer.h5'),
    /Layer "gate_3" \(.*Gate\) cannot be converted/,
  ],
  ['a model that reads no image', await fixture('no_image.h5'), /input is not an image/],
];

describe('a model of the user', () => {
  test('is dropped, answers, is corrected, answers otherwise, and is deleted', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
    await result(page);
    await hand(page, 'drop', [
      file('keras_model.h5', await tinyModel()),
      file('labels.txt', '0 healthy\n1 mild\n2 moderate\n3 severe\n', 'text/plain'),
    ]);
    const panel = page.getByRole('dialog', { name: 'Check this model' });
    await panel.getByText('This is a guess.').waitFor();
    await panel.getByText('most programs resize and divide by 255').waitFor();
    assert.equal(await panel.getByLabel('Labels').inputValue(), 'healthy\nmild\nmoderate\nsevere');
    assert.equal(await panel.getByLabel('Scaling').inputValue(), 'unit');
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await panel.waitFor({ state: 'hidden' });

    const guessed = await result(page);
    assert.match(guessed, /is a guess[\s\S]*healthy/);
    await page.getByRole('button', { name: 'Check it' }).click();
    await panel.getByLabel('Labels').fill('healthy\nmild\nsevere');
    await panel.getByText('3 lines; the model answers with 4 classes').waitFor();
    assert.ok(await panel.getByRole('button', { name: 'Confirm and save' }).isDisabled());
    await panel.getByLabel('Labels').fill('none\nmild\nmoderate\nsevere');
    await panel.getByLabel('Scaling').selectOption('raw');
    assert.equal(await panel.getByLabel('Times').inputValue(), '1');
    await panel.getByRole('button', { name: 'Confirm and save' }).click();
    await panel.waitFor({ state: 'hidden' });
    await page.getByText('healthy').waitFor({ state: 'detached' });

    const confirmed = await result(page);
    assert.doesNotMatch(confirmed, /is a guess/);
    const percentages = (text: string) => text.match(/[<>]?\d+\.\d%/g);
    assert.notDeepEqual(percentages(confirmed), percentages(guessed));

    await page.getByRole('button', { name: 'Model and its contract' }).click();
    const again = page.getByRole('dialog', { name: 'Model' });
    await again.getByRole('button', { name: 'Delete model' }).click();
    await again.getByRole('button', { name: 'Delete for good' }).click();
    await again.waitFor({ state: 'hidden' });
    assert.match(await result(page), /Normal/);
    await leave();
  });

  test('switching models reads the picture again', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [file('other_model.h5', await tinyModel()), file('eye.jpg', eye, 'image/jpeg')]);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.match(await result(page), /Class 0/);
    await page.getByRole('combobox', { name: 'Model', exact: true }).click();
    await page.getByRole('option', { name: 'Fundus disease' }).click();
    await page.getByText('Diabetic retinopathy').first().waitFor();
    await leave();
  });

  test('a shipped model shows its contract and keeps it', async () => {
    const { page, leave } = await stage.visit();
    await page.getByRole('combobox', { name: 'Model', exact: true }).click();
    await page.getByRole('option', { name: 'Fundus disease' }).click();
    await page.getByRole('button', { name: 'Model and its contract' }).click();
    const panel = page.getByRole('dialog', { name: 'Model' });
    assert.ok(await panel.getByLabel('Labels').isDisabled());
    assert.equal(await panel.getByRole('button', { name: /Save|Delete/ }).count(), 0);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await leave();
  });

  for (const [what, bytes, sentence] of refused) {
    test(`${what} named .h5 is refused with its sentence`, async () => {
      const { page, leave } = await stage.visit();
      await hand(page, 'drop', [file('keras_model.h5', bytes)]);
      await page.getByRole('alert').getByText(sentence).waitFor();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.getByRole('alert').waitFor({ state: 'detached' });
      await leave();
    });
  }
});

describe('a model’s own page', () => {
  test('lists what is in a model that is dropped where no picture is yet', async () => {
    const { page, leave } = await stage.visit();
    await hand(page, 'drop', [file('keras_model.h5', await tinyModel())]);
    await page.getByRole('dialog', { name: 'Check this model' }).waitFor();
    await page.keyboard.press('Escape');
    // The same file under another name, where an earlier test opened it, is the same model.
    const name = /#\/models\/(\w+)$/.exec(page.url())![1]!;
    const rows = page.getByRole('table').getByRole('row');
    await rows.nth(4).waitFor();
    assert.deepEqual(await rows.nth(2).getByRole('cell').allInnerTexts(), [
      '2',
      'edges',
      'Conv2D',
      'any × 15 × 15 × 4',
      '112',
    ]);
    assert.match(await page.getByRole('main').innerText(), /4, with 132 parameters/);
    await page.getByLabel('Find layers').fill('dense');
    await page.getByText('1 of 4').waitFor();
    assert.equal(await rows.count(), 2);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download ONNX' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), `${name}.onnx`);
    const graph = decodeOnnx(await readFile(await download.path()));
    assert.ok(graph.graph.nodes.some(({ op }) => op === 'Conv'));

    await page.getByRole('link', { name: 'Pictures' }).click();
    await page.getByRole('link', { name: 'Its layers, file and ONNX graph' }).waitFor();
    await page.goBack();
    await page.getByLabel('Find layers').waitFor();
    await page.getByRole('button', { name: 'Check the contract' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete model' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await leave();
  });

  test('is reached by its address, and left when a picture comes', async () => {
    const { page, leave } = await stage.visit();
    await page.goto(`${stage.server.address}/#/models/fundus-disease`);
    await page.getByRole('heading', { name: 'Layers' }).waitFor();
    await page.goto(`${stage.server.address}/#/models/nowhere`);
    await page.getByText('There is no model called “nowhere” here.').waitFor();
    await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
    await result(page);
    await leave();
  });
});
