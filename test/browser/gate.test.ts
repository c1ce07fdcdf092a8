import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeJpeg, encodePng } from '../../src/image/index.ts';
import { type PhantomParameters, renderEye } from '../../src/synth/index.ts';
import { assertAccessible } from './accessible.ts';
import { browse, file, Stage } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

async function drawn(parameters: PhantomParameters): Promise<Uint8Array> {
  const { image, width, height, channels } = renderEye(parameters);
  return encodeJpeg({ width, height, channels, data: image });
}

describe('the gate on the page', () => {
  test('a well taken photograph: what it is, which eye, and that it is good', async () => {
    const { page, leave } = await stage.visit();
    const eye = await drawn({ modality: 'fundus', seed: 'gate page', size: 512, eye: 'OD' });
    await browse(page, [file('12_right.jpg', eye, 'image/jpeg')]);
    const gate = page.getByRole('region', { name: 'What the gate found' });
    for (const chip of ['Colour fundus', 'Right eye', 'Macula-centred', 'Good quality'])
      await gate.getByText(chip, { exact: true }).waitFor();
    await leave();
  });

  test('a name that says the other eye, and lashes in the field: both are told, with what to do', async () => {
    const { page, leave } = await stage.visit();
    const artefacts = { eyelash: 0.9, haze: 0.3 };
    const eye = await drawn({ modality: 'fundus', seed: 'gate page', size: 512, eye: 'OD', artefacts });
    await browse(page, [file('12_left.jpg', eye, 'image/jpeg')]);
    const gate = page.getByRole('region', { name: 'What the gate found' });
    await gate.getByText(/shows a right eye .* file name says a left eye/).waitFor();
    await gate.getByText('Eyelashes or the lid hang into the field.').waitFor();
    await gate.getByText('Ask the patient to open the eye wide, or hold the lid up.').waitFor();
    await assertAccessible(page, 'doubtful');
    await leave();
  });

  test('the wrong kind of picture is refused; a reason reads it, and stands with the result', async () => {
    const { page, leave } = await stage.visit();
    const angiogram = await drawn({ modality: 'fa', seed: 'gate page' });
    await browse(page, [file('late.jpg', angiogram, 'image/jpeg')]);
    const side = page.getByRole('complementary');
    await side
      .getByText('This model reads colour fundus photographs; the picture is a fluorescein angiogram.')
      .waitFor();
    await assertAccessible(page, 'refused');
    await side.getByRole('button', { name: 'Read it all the same…' }).click();
    const reason = side.getByLabel('Why? It is recorded with the reading.');
    assert.ok(await side.getByRole('button', { name: 'Read it', exact: true }).isDisabled());
    await reason.fill('to show what it does with an angiogram');
    await assertAccessible(page, 'overriding');
    await reason.press('Enter');
    await side.getByText('“to show what it does with an angiogram”').waitFor();
    await side.getByText('All classes').waitFor();
    await leave();
  });

  test('what is no retina is refused', async () => {
    const { page, leave } = await stage.visit();
    const data = Uint8Array.from({ length: 300 * 200 * 3 }, (_, i) => (i * 2654435761) >>> 24);
    const noise = await encodePng({ width: 300, height: 200, channels: 3, data });
    await browse(page, [file('noise.png', noise, 'image/png')]);
    await page
      .getByRole('complementary')
      .getByText(/This is no picture of a retina/)
      .waitFor();
    await leave();
  });
});
