// Makes the README's pictures, docs/*.png: the product with drawings of ours. No patient's picture stands in the repository.
//   node scripts/screenshot.mjs
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { encodeJpeg } from '../src/image/index.ts';
import { renderFundus } from '../src/synth/index.ts';
import { serve } from '../test/serve.ts';
import { BROWSER_FLAGS, findBrowser } from './browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fovea-screenshot-'));
const clinic = await serve(join(folder, 'data'));
const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_FLAGS });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });

async function shoot(name) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
  );
  await page.screenshot({ path: `${root}docs/${name}.png` });
}

await page.goto(clinic.address);
await page.getByRole('button', { name: 'Try a sample' }).click();
await page.getByRole('heading', { name: 'All classes' }).waitFor();
// Read once more: the first time of a process, everything is still being loaded.
await page.getByRole('button', { name: /^Remove/ }).click();
await page.getByRole('button', { name: 'Try a sample' }).click();
await page.getByRole('heading', { name: 'All classes' }).waitFor();
await shoot('screenshot');

// A morning's camp: both eyes of a dozen people, one in three with retinopathy.
const camp = join(folder, 'camp');
mkdirSync(camp);
const PATIENTS = 12;
for (let i = 0; i < PATIENTS; i++) {
  for (const eye of ['OD', 'OS']) {
    const grade = i % 3 === 0 ? 1 + (i % 4) : 0;
    const diseases = grade > 0 ? { diseases: { dr: grade } } : {};
    const { image, width, height } = renderFundus({ seed: `${i} ${eye}`, eye, size: 768, ...diseases });
    writeFileSync(
      join(camp, `K${1040 + 7 * i}_${eye}_2026-11-20.jpg`),
      await encodeJpeg({ width, height, channels: 3, data: image }),
    );
  }
}
await page.goto(`${clinic.address}/#/worklist`);
await page.getByLabel('Folder to import').setInputFiles(camp);
await page.getByRole('button', { name: `Import ${2 * PATIENTS} files` }).click();
await page.getByText('files handed over').waitFor();
await page.getByRole('button', { name: 'Dismiss' }).click();
await page.waitForFunction((n) => document.querySelectorAll('tbody tr a').length === n, PATIENTS, {
  timeout: 120_000,
});
await page.waitForFunction(() => [...document.images].every((one) => one.complete && one.naturalWidth > 0));
await page.waitForLoadState('networkidle');
await shoot('worklist');
await page.keyboard.press('j');
await page.waitForFunction(() => document.activeElement?.closest('tbody'));
await page.keyboard.press('Enter');
await page.getByRole('form', { name: 'Your verdict' }).waitFor();
await page.waitForLoadState('networkidle');
await page.keyboard.press('h');
await page.waitForLoadState('networkidle');
await page.getByText('Looking where the model').first().waitFor({ state: 'hidden', timeout: 60_000 });
await page.waitForTimeout(500); // The map fades in on a canvas, which no animation tells of.
await shoot('reading');

await browser.close();
await clinic.close();
rmSync(folder, { recursive: true });
