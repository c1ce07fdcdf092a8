/** What readers sign, on the real page: whose signature holds, what waits for a human's grade, earlier visits, and the sums. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';
import { root } from '../cli.ts';
import { type Said, testRoom } from '../room.ts';
import { assertAccessible, assertFit } from './accessible.ts';

const SEVERE: Said = { result: 'positive', level: 'severe' };
const grades = { OD: { result: 'positive', level: 'severe' }, OS: { result: 'negative', level: 'none' } };

let room: Awaited<ReturnType<typeof testRoom>>;
let browser: Browser;
let page: Page;
let address: string;
/** Who is at the page, and a senior elsewhere. */
let [ben, ada]: Awaited<ReturnType<typeof room.enter>>[] = [];

before(async () => {
  room = await testRoom(`${root}dist/web`);
  [ben, ada] = [await room.enter('ben', 'reader'), await room.enter('ada', 'senior')];
  address = await room.app.listen({ host: '127.0.0.1', port: 0 });
  const executablePath = findBrowser();
  assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
  browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ name: 'fovea_session', value: ben!.fovea_session, url: address }]);
  page = await context.newPage();
});
after(async () => {
  await browser?.close();
  await room?.close();
});

const signAs = (cookies: typeof ben, visit: string, review: object) =>
  room.ask('POST', `/visits/${visit}/reviews`, { cookies: cookies!, payload: { grades, ...review } });
const open = (place: string) => page.goto(`${address}/#/${place}`);
const verdict = () => page.getByRole('form', { name: 'Your verdict' });

describe('a reader at the page', () => {
  test('does not sign over a senior, and is told why', async () => {
    const { visit } = await room.visit('1001', '2026-01-31', SEVERE);
    await signAs(ada, visit, { decision: 'confirmed' });
    await open(`read/${visit}`);
    await verdict().getByText('Dr ada has signed this visit: only they and a senior sign it anew.').waitFor();
    const sign = verdict().getByRole('button', { name: /^Sign/ });
    assert.equal(await sign.getAttribute('aria-disabled'), 'true');
    await assertAccessible(page, 'signed by another');
  });

  test('has the images of earlier visits beside those of today', async () => {
    await room.visit('1002', '2025-01-31', SEVERE);
    const { visit } = await room.visit('1002', '2026-01-31', SEVERE);
    await open(`read/${visit}`);
    const right = page.getByRole('list', { name: 'Images of the right eye' });
    await right.getByRole('button', { name: /^Earlier, .*2025/ }).waitFor();
    assert.equal(await right.getByRole('button', { name: /^This visit/ }).count(), 1);
  });

  test('grades blind also after a retake, and then sees what the models said', async () => {
    const { body } = await room.ask('GET', '/settings', { cookies: ada! });
    await room.ask('PUT', '/settings', { cookies: ada!, payload: { ...body, blindedFirst: true } });
    const { visit } = await room.visit('1003', '2026-01-31', SEVERE);
    await signAs(ada, visit, { decision: 'retake', grades: {} });
    for (const image of (await room.visit('1003', '2026-01-31')).images) await room.read(image, SEVERE);
    await open(`read/${visit}`);
    await verdict().getByText('Your grade comes first').waitFor();
    assert.doesNotMatch(await page.getByRole('region', { name: 'Results' }).innerText(), /severe/i);
    for (const eye of await verdict().getByRole('radio', { name: 'Severe' }).all()) await eye.check();
    await verdict().getByRole('button', { name: /^Sign/ }).click();
    await page.getByText('severe words').first().waitFor();
    assert.match(await page.getByRole('region', { name: 'Signed' }).innerText(), /graded blinded/);
  });

  test('finds agreement by eye and level with its intervals, fit for everybody', async () => {
    await open('performance');
    await page.getByRole('heading', { name: 'Agreement by eye' }).waitFor();
    const levels = page.getByRole('row', { name: /^Levels, both eyes/ });
    assert.match(await levels.innerText(), /75\.0% of 4 \(95 % CI/);
    await page
      .getByRole('row', { name: /^Not known/ })
      .first()
      .waitFor();
    await assertFit(page, 'performance');
  });
});
