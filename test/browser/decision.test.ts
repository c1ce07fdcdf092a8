import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeJpeg } from '../../src/image/index.ts';
import { renderOct } from '../../src/synth/index.ts';
import { assertAccessible } from './accessible.ts';
import { browse, eye, file, Stage } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const scan = async () => {
  const { image, width, height } = renderOct({ seed: 5, diseases: { dme: 3 } });
  return encodeJpeg({ width, height, channels: 1, data: image });
};

describe('what an answer means, on the page', () => {
  test('a scan among photographs is read by the model for scans, and the header says so', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [file('eye.jpg', eye, 'image/jpeg'), file('scan.jpg', await scan(), 'image/jpeg')]);
    const model = page.getByRole('combobox', { name: 'Model' });
    await page.getByText('Decided at').waitFor();
    const first = await model.inputValue();
    await page.keyboard.press('j');
    await page.getByText('OCT B-scan', { exact: true }).waitFor();
    const second = await model.inputValue();
    assert.deepEqual([first, second], ['Fundus disease, eight labels', 'OCT B-scan, four classes']);
    await assertAccessible(page, 'decided');
    await leave();
  });

  test('another operating point decides anew', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [file('eye.jpg', eye, 'image/jpeg')]);
    // Scans are told apart so well that every point decides alike.
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option', { name: 'Diabetic retinopathy, ICDR grade' }).click();
    const decision = page.getByRole('region', { name: 'Decision' });
    const referable = decision.getByText('Referable DR', { exact: false }).first();
    const before = await referable.locator('..').innerText();
    await decision.getByLabel('Decided at').selectOption('sensitivity 95 %');
    await page.waitForFunction((text) => {
      const now = document.querySelector('[aria-label="Decision"] p')?.textContent;
      return now && now.replace(/\s+/g, '') !== text.replace(/\s+/g, '');
    }, before);
    assert.equal(await decision.getByLabel('Decided at').inputValue(), 'sensitivity 95 %');
    await leave();
  });

  test('a positive answer is worth less where what it names is rare', async () => {
    const { page, leave } = await stage.visit();
    await browse(page, [file('scan.jpg', await scan(), 'image/jpeg')]);
    await page.getByText('What a positive answer is worth').click();
    const share = page.getByLabel('Percent of those who are read');
    const worth = page.getByText(/Of those called positive/);
    const ppv = async () => Number.parseFloat(/positive ([\d.]+)%/.exec(await worth.innerText())![1]!);
    const usual = await ppv();
    await share.fill('0.5');
    assert.ok((await ppv()) < usual / 2);
    await share.fill('120');
    await page.getByText('A share above 0 and below 100 %.').waitFor();
    await leave();
  });
});
