/** Pages and states that the clinic's day does not come by: each is fit for a screen reader, dark and light, wide and narrow. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFit } from './accessible.ts';
import { type ClinicPage, openClinic } from './clinic-page.ts';

let page: Page;
let { open, dialogue, places, close } = {} as ClinicPage;
before(async () => {
  ({ page, open, dialogue, places, close } = await openClinic());
});
after(() => close?.());

describe('pages', () => {
  test('a batch and a patient are fit, and so is what they open', async () => {
    await open(places.batch);
    await page.getByRole('table').waitFor();
    await assertFit(page, 'batch');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem').first().waitFor();
    await assertAccessible(page, 'export');
    await page.keyboard.press('Escape');
    await open(places.patient);
    await page.getByRole('heading', { level: 1, name: '2001' }).waitFor();
    await assertFit(page, 'patient');
    await dialogue('Edit', 'Patient');
  });

  test('saved views are fit, none yet and some', async () => {
    await open('worklist');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByLabel('Name of this view').fill('Mine');
    await assertFit(page, 'views');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Mine', exact: true }).click();
    await page.getByRole('button', { name: 'Delete the view Mine' }).waitFor();
    await assertFit(page, 'saved views');
    await page.keyboard.press('Escape');
  });

  test('a visit is fit in the light too, and in a narrow window', async () => {
    await open(places.visit);
    await page.getByRole('form', { name: 'Your verdict' }).waitFor();
    for (const scheme of ['light', 'dark']) {
      await page.getByRole('button', { name: `Switch to ${scheme}` }).click();
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        await page.mouse.move(0, 0);
        await page.getByRole('tooltip').waitFor({ state: 'hidden' });
        await assertAccessible(page, `reading, ${scheme}, ${width} px`);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await page.getByRole('button', { name: 'Images' }).click();
    await page.getByRole('dialog', { name: 'Images of this visit' }).waitFor();
    await assertAccessible(page, 'images');
    await page.keyboard.press('Escape');
  });

  test('whose eyes they are is told by a table, by names or by hand: each way of an import is fit', async () => {
    await open('worklist');
    await page.getByLabel('Files to import').setInputFiles([
      { name: '7_left.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture, and not looked at') },
      { name: 'who.csv', mimeType: 'text/csv', buffer: Buffer.from('file,patient\n7_left.jpg,77\n') },
    ]);
    await page.getByRole('dialog', { name: 'Import' }).waitFor();
    for (const way of ['by a table', 'by the file names', 'by you']) {
      await page.getByText(way, { exact: true }).click();
      await page.waitForLoadState('networkidle');
      await assertFit(page, `import ${way}`);
    }
    await page.keyboard.press('Escape');
  });

  test('a signed visit fills the charts of Performance', async () => {
    await open(places.visit);
    const verdict = page.getByRole('form', { name: 'Your verdict' });
    await verdict.getByRole('button', { name: /^Confirm/ }).click();
    await verdict.getByRole('button', { name: /^Sign/ }).click();
    await page.getByText('Signed.', { exact: true }).waitFor();
    await assertAccessible(page, 'signed');
    await open('performance');
    await page.getByText('1 visit signed').waitFor();
    await assertFit(page, 'performance');
  });

  test('jobs that failed are listed, and the list is fit', async () => {
    const failure = {
      ...{ id: '01890000-0000-7000-8000-000000000001', queue: 'read', imageId: null },
      ...{ fileName: '7_left.jpg', reason: 'The bytes of an image are gone.', at: new Date().toISOString() },
      ...{ patient: 'P7', visitId: '01890000-0000-7000-8000-000000000002' },
    };
    await page.route('**/api/jobs', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...(await answer.json()), failures: [failure] } });
    });
    await open('admin/jobs');
    await page.getByRole('link', { name: 'P7, 7_left.jpg' }).waitFor();
    await assertFit(page, 'failed jobs');
    await page.unroute('**/api/jobs');
  });

  test('whoever asks for no motion gets none', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(() => {
      const moved = new Set<string>();
      const look = () => {
        for (const { effect } of document.getAnimations()) {
          // An instant is none: the page's last state comes at once.
          if (Number(effect?.getComputedTiming().activeDuration) <= 1) continue;
          const { target } = effect as KeyframeEffect;
          moved.add(target?.outerHTML.slice(0, 200) ?? '');
        }
        requestAnimationFrame(look);
      };
      look();
      Object.assign(window, { moved });
    });
    await open('worklist?state=all');
    await page.getByRole('button', { name: /^(Views|Mine)$/ }).click();
    await page.getByLabel('Name of this view').waitFor();
    await page.keyboard.press('Escape');
    await open('admin/users');
    await page.getByRole('button', { name: 'Add somebody…' }).click();
    await page.getByRole('dialog', { name: 'Add somebody' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open(places.visit);
    await page.getByRole('button', { name: 'Heat-map' }).click();
    await open('');
    await page.getByRole('button', { name: 'Try a sample' }).click();
    await page.getByRole('img', { name: 'synthetic eye.png' }).waitFor();
    assert.deepEqual(await page.evaluate(() => [...(window as unknown as { moved: Set<string> }).moved]), []);
  });

  test('an image that cannot be shown says why, in the server’s words', async () => {
    const error = { code: 'BLOB_MISSING', message: 'The file is gone.', hint: 'Bring back a backup.' };
    const pictures = '**/api/images/*/picture?*';
    await page.route(pictures, (route) => route.fulfill({ status: 500, json: { error } }));
    await page.reload();
    await open(places.visit);
    await page
      .getByRole('alert')
      .getByText(/2001_OD.* cannot be shown\. The file is gone\. Bring back a backup\./)
      .waitFor();
    await assertAccessible(page, 'an image that cannot be shown');
    await page.unroute(pictures);
  });

  test('a room whose server is gone says so, and opens again', async () => {
    await open('worklist?state=all');
    await page.getByRole('table', { name: 'Visits' }).waitFor();
    await page.context().setOffline(true);
    await page.getByRole('alert').getByText('server does not answer').waitFor({ timeout: 30_000 });
    await assertFit(page, 'offline');
    await page.context().setOffline(false);
    await page.getByRole('alert').waitFor({ state: 'hidden', timeout: 30_000 });
  });
});
