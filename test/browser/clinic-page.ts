import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';
import { encodeJpeg } from '../../src/image/index.ts';
import { renderFundus } from '../../src/synth/index.ts';
import { serve } from '../serve.ts';
import { assertFit } from './accessible.ts';

/** The real command with one patient read, and a page before it. */
export interface ClinicPage {
  readonly address: string;
  readonly page: Page;
  /** Where on the page its one batch, patient and visit are. */
  readonly places: Readonly<Record<'batch' | 'patient' | 'visit', string>>;
  /** Goes to a place, and waits until everything has come. */
  open(place: string): Promise<void>;
  /** Opens what a button opens, sees whether it is fit for everybody, and closes it. */
  dialogue(button: string, title: string): Promise<void>;
  close(): Promise<void>;
}

export async function openClinic(): Promise<ClinicPage> {
  const executablePath = findBrowser();
  assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
  const folder = await mkdtemp(join(tmpdir(), 'fovea-clinic-'));
  const clinic = await serve(join(folder, 'data'), { FOVEA_WORKERS: '1' });
  const places = await takeIn(clinic.address);
  const browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  const context = await browser.newContext({
    ...{ viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  return {
    ...{ address: clinic.address, page, places },
    open: async (place) => {
      await page.goto(`${clinic.address}/#/${place}`);
      await page.waitForLoadState('networkidle');
    },
    dialogue: async (button, title) => {
      await page.getByRole('button', { name: button }).first().click();
      await page.getByRole('dialog', { name: title }).waitFor();
      await assertFit(page, title);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    },
    close: async () => {
      await browser.close();
      await clinic.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Both eyes of a patient, through the API. */
async function takeIn(address: string): Promise<ClinicPage['places']> {
  const ask = async (path: string, body?: object) => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${address}/api${path}`, {
      ...(body && { method: 'POST', body: isForm ? body : JSON.stringify(body) }),
      ...(body && !isForm && { headers: { 'content-type': 'application/json' } }),
    });
    assert.ok(response.ok, await response.clone().text());
    return response.json();
  };
  const { id } = await ask('/batches', { name: 'Camp', pattern: '{patient}_{eye}_{date}*' });
  for (const eye of ['OD', 'OS'] as const) {
    const drawn = renderFundus({ seed: `clinic ${eye}`, eye, size: 512, diseases: { dr: 3 } });
    const { width, height, image } = drawn;
    const form = new FormData();
    const bytes = new Uint8Array(await encodeJpeg({ width, height, channels: 3, data: image }));
    form.append('file', new File([bytes], `2001_${eye}_2026-11-20.jpg`));
    await ask(`/batches/${id}/files`, form);
  }
  await ask(`/batches/${id}/done`, {});
  while ((await ask(`/batches/${id}`)).waiting > 0) await new Promise((done) => setTimeout(done, 200));
  const [visit] = (await ask(`/worklist?batch=${id}`)).visits;
  return { batch: `batches/${id}`, patient: `patients/${visit.patient.id}`, visit: `read/${visit.id}` };
}
