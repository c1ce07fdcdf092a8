import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Fails with what axe finds wrong. */
export async function assertAccessible(page: Page, state: string): Promise<void> {
  // Colours on their way from one to another have a contrast that nobody designed. Not waited for by `finished`, which
  // never comes for what is taken off the page meanwhile.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((a) => a.effect?.getTiming().iterations === Infinity || a.playState !== 'running'),
  );
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const violations = (await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations)`,
  )) as Violation[];
  const told = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.html} ${n.failureSummary}`)}`,
  );
  assert.deepEqual(told, [], state);
}

/**
 * Fails where a page is not fit for a screen reader, or wider than its window: in the dark and in the light, wide and
 * narrow.
 */
export async function assertFit(page: Page, state: string): Promise<void> {
  const wide = page.viewportSize()!;
  // Each page is a file of its own: until it has come there is nothing to be fit.
  await page.locator('h1:visible').first().waitFor();
  for (const [colorScheme, width] of [
    ['light', wide.width],
    ['dark', wide.width],
    ['dark', 390],
  ] as const) {
    await page.setViewportSize({ width, height: wide.height });
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await assertAccessible(page, `${state}, ${colorScheme}, ${width} px`);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(beyond <= 0, `${state} is ${beyond} px wider than a window of ${width}`);
  }
  await page.setViewportSize(wide);
}
