import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible } from './accessible.ts';
import { result, Stage, shippedCheck, shippedEvidence } from './page.ts';

let stage: Stage;
before(async () => {
  stage = await Stage.open([shippedEvidence]);
});
after(() => stage.close());

describe('with what is shipped of the model’s explanations', () => {
  test('the sample is explained by a method that passed its check, and likened to eyes that are drawn', async () => {
    const { page, leave } = await stage.visit();
    await page.getByRole('button', { name: 'Try a sample' }).click();
    await result(page);
    await page.getByRole('button', { name: 'Show what it looked at' }).click();
    const statement = page.getByRole('region', { name: 'Evidence for Diabetic retinopathy' });
    const { pointing } = await shippedCheck('fundus-disease', 'cam');
    const hits = `Its strongest place lay in a known lesion ${pointing!.hits} times of ${pointing!.of}`;
    await statement.getByText(hits).waitFor();
    await statement.getByText(/Exact for this model/).waitFor();

    const alike = page.getByRole('region', { name: 'Synthetic eyes that it sees as alike' });
    await alike.getByRole('listitem').first().waitFor();
    assert.equal(await alike.getByRole('listitem').count(), 5);
    assert.match(await alike.innerText(), /Diabetic retinopathy: \d+\.\d%, in health \d+\.\d%/);
    // Each is drawn in the page: no two pixels alike would be black.
    const drawn = alike.getByRole('img').first();
    await page.waitForFunction(
      (canvas) => (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(64, 64, 1, 1).data[0]! > 20,
      await drawn.elementHandle(),
    );
    await assertAccessible(page, 'alike');
    await leave();
  });
});
