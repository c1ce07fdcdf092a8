import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { encodePng } from '../../src/image/index.ts';
import { assertAccessible } from './accessible.ts';
import { browse, eye, file, hand, result, Stage, tinyModel } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

for (const colorScheme of ['dark', 'light'] as const) {
  describe(`${colorScheme}`, () => {
    test('follows the system, is switched, and every state is accessible', async () => {
      const { page, leave } = await stage.visit({ colorScheme });
      const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme');
      assert.equal(await scheme(), colorScheme);
      const other = colorScheme === 'dark' ? 'light' : 'dark';
      await page.getByRole('button', { name: `Switch to ${other}` }).click();
      assert.equal(await scheme(), other);
      await page.getByRole('button', { name: `Switch to ${colorScheme}` }).click();
      assert.equal(await scheme(), colorScheme);
      await page.mouse.move(0, 0);
      await page.getByRole('tooltip').waitFor({ state: 'hidden' });

      await assertAccessible(page, 'empty');
      await page.getByRole('link', { name: 'Its layers, file and ONNX graph' }).click();
      await page.getByRole('heading', { name: 'Layers' }).waitFor();
      await assertAccessible(page, 'the model’s own page');
      await page.getByRole('link', { name: 'Pictures' }).click();
      await page.getByRole('link', { name: 'Or make a synthetic eye' }).click();
      await page.getByRole('heading', { name: 'What is in it' }).waitFor();
      await page.getByText('Drawing…').waitFor({ state: 'hidden' });
      await page.getByText('Camera faults').click();
      await page.getByText('vessel', { exact: true }).click();
      await assertAccessible(page, 'a synthetic eye');
      await page.getByRole('link', { name: 'Pictures' }).click();
      await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
      await result(page);
      await assertAccessible(page, 'result');
      await browse(page, [file('bad.jpg', 'no image', 'image/jpeg'), file('eye.jpg', eye, 'image/jpeg')]);
      await page.getByRole('alert').waitFor();
      await assertAccessible(page, 'error');
      await hand(page, 'drop', [file('keras_model.h5', await tinyModel())]);
      await page.getByRole('dialog').getByText('This is a guess.').waitFor();
      await assertAccessible(page, 'model');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await hand(page, 'drop', [file('keras_model.h5', 'no model')]);
      await page.getByRole('alert').getByText('not a Keras or ONNX model').waitFor();
      await assertAccessible(page, 'model refused');
      await leave();
    });
  });
}

test('while a picture is read, the page says so', async () => {
  const { page, leave } = await stage.visit();
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/api/classify*', async (route) => {
    await held;
    await route.continue();
  });
  await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
  await page.getByRole('complementary').getByText('Reading…').waitFor();
  await page.getByRole('img', { name: 'eye.jpg' }).waitFor();
  await assertAccessible(page, 'working');
  answer();
  await result(page);
  await leave();
});

test('a window of 360 px holds everything, stacked', async () => {
  const { page, leave } = await stage.visit({ viewport: { width: 360, height: 740 } });
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok((await overflow()) <= 0, 'empty');
  await browse(page, [file('eye.jpg', eye, 'image/jpeg'), file('two.jpg', eye, 'image/jpeg')]);
  await result(page);
  assert.ok((await overflow()) <= 0, 'result');
  const picture = (await page.getByRole('region', { name: 'Picture' }).boundingBox())!;
  const panel = (await page.getByRole('complementary').boundingBox())!;
  assert.ok(panel.y >= picture.y + picture.height);
  await assertAccessible(page, 'narrow');
  await leave();
});

/** A PNG whose header promises 30000 × 30000 pixels. */
async function vastPng(): Promise<Buffer> {
  const png = Buffer.from(await encodePng({ width: 8, height: 8, channels: 3, data: new Uint8Array(192) }));
  png.writeUInt32BE(30000, 16);
  png.writeUInt32BE(30000, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

const badFiles: readonly (readonly [what: string, bytes: Uint8Array | string, sentence: string])[] = [
  ['nothing', '', 'The file is empty (0 bytes).'],
  ['half a picture', eye.subarray(0, eye.length / 2), 'The image is truncated or damaged'],
  ['a text', 'the patient was late', 'The file is not an image in a format that Fovea reads.'],
  ['30000 × 30000 pixels', await vastPng(), 'The image has more pixels than this program decodes.'],
  [
    'a Git-LFS pointer',
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 4242\n`,
    'This is a Git-LFS pointer',
  ],
];

describe('bad files', () => {
  for (const [what, bytes, sentence] of badFiles) {
    test(`${what}: its sentence, and the next picture is read`, async () => {
      const { page, leave } = await stage.visit();
      await browse(page, [file('bad.jpg', bytes, 'image/jpeg'), file('good.jpg', eye, 'image/jpeg')]);
      await page.getByRole('complementary').getByRole('alert').getByText(sentence).waitFor();
      await page.keyboard.press('j');
      await result(page);
      await leave();
    });
  }
});

test('a server that is gone is told, and when it is back the picture is read', async () => {
  const { page } = await stage.visit();
  // Without a model there would be nothing to read with.
  await page.getByText('The model that answers').waitFor();
  await stage.server.close();
  await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
  await page.getByRole('complementary').getByText('server does not answer').waitFor();
  await assertAccessible(page, 'offline');
  await stage.restart();
  await result(page);
  await page.context().close();
});
