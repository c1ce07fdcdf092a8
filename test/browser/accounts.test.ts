/** People on the real page: who comes in, what each role sees, and by what programs act for them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, assertFit } from './accessible.ts';
import { type ClinicPage, openClinic } from './clinic-page.ts';

const PASSWORDS = { anna: 'a quiet lamp in the corridor', tom: 'seven boats leave before noon' };

/** An address that is told of events, and what it was told. */
let receiver: Server;
const told: string[] = [];
let page: Page;
let { open, dialogue, places, address, close } = {} as ClinicPage;
before(async () => {
  ({ page, open, dialogue, places, address, close } = await openClinic());
  receiver = createServer((request, response) => {
    told.push(String(request.headers['fovea-event']));
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
after(async () => {
  receiver?.close();
  await close?.();
});

async function logIn(login: string, password: string): Promise<void> {
  await page.getByLabel('Log-in name').fill(login);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

async function logOut(name: string): Promise<void> {
  await page.getByRole('button', { name: `Account of ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByLabel('Log-in name').waitFor();
}

async function add(login: keyof typeof PASSWORDS, name: string, role: string): Promise<void> {
  await page.getByRole('button', { name: 'Add somebody…' }).click();
  const form = page.getByRole('dialog', { name: 'Add somebody' });
  await form.getByLabel('Log-in name').fill(login);
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await form.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: new RegExp(`^${role}:`) }).click();
  await form.getByRole('textbox', { name: 'Password' }).fill(PASSWORDS[login]);
  await form.getByRole('button', { name: 'Add' }).click();
  await form.waitFor({ state: 'hidden' });
}

describe('people on the page', () => {
  test('with the first account everybody has to log in', async () => {
    await open('admin/users');
    await dialogue('Add somebody…', 'Add somebody');
    await add('anna', 'Anna Berg', 'admin');
    await page.getByLabel('Log-in name').waitFor();
    await assertFit(page, 'log-in');
    await logIn('anna', 'wrong, and long enough');
    await page.getByRole('alert').waitFor();
    await assertFit(page, 'log-in refused');
    await logIn('anna', PASSWORDS.anna);
    await page.getByRole('button', { name: 'Account of Anna Berg' }).waitFor();
  });

  test('an admin adds others, and sees to their passwords', async () => {
    await open('admin/users');
    await add('tom', 'Tom', 'technician');
    await page.getByRole('rowheader', { name: 'tom' }).waitFor();
    await assertFit(page, 'people');
    await dialogue('New password', 'New password for anna');
  });

  test('a token is made, shown once, good for its role, and revoked', async () => {
    await page.getByRole('button', { name: 'Account of Anna Berg' }).click();
    await page.getByRole('menuitem', { name: 'Tokens…' }).waitFor();
    await assertAccessible(page, 'account menu');
    await page.getByRole('menuitem', { name: 'Tokens…' }).click();
    const tokens = page.getByRole('dialog', { name: 'Tokens' });
    await tokens.getByLabel('What it is for').fill('Night import');
    await tokens.getByRole('button', { name: 'Make' }).click();
    const shown = tokens.getByRole('status', { name: 'Your new token' });
    await shown.getByRole('button', { name: 'Copy' }).click();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^fvt_/);
    await tokens.getByRole('rowheader', { name: 'Night import' }).waitFor();
    await assertFit(page, 'tokens');
    const status = async (path: string) => {
      const answer = await fetch(`${address}/api${path}`, {
        headers: { authorization: `Bearer ${text}` },
      });
      return answer.status;
    };
    assert.deepEqual([await status('/worklist'), await status('/audit')], [200, 403]);
    await tokens.getByRole('button', { name: 'Revoke Night import' }).click();
    await tokens.getByRole('button', { name: 'Really revoke? Night import' }).click();
    await tokens.getByRole('cell', { name: 'revoked' }).waitFor();
    assert.equal(await status('/worklist'), 401);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Account of Anna Berg' }).click();
    await page.getByRole('menuitem', { name: 'Change password…' }).click();
    await page.getByRole('dialog', { name: 'Change your password' }).waitFor();
    await assertFit(page, 'own password');
    await page.keyboard.press('Escape');
  });

  test('a webhook is added, tried, seen to listen, and removed', async () => {
    await open('admin/webhooks');
    await dialogue('Add a webhook…', 'Add a webhook');
    await page.getByRole('button', { name: 'Add a webhook…' }).click();
    const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    await page.getByLabel('Address').fill(address);
    await page.getByLabel('A report was made').check();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const secret = page.getByRole('status', { name: 'The secret of the new webhook' });
    assert.match(await secret.innerText(), /whsec_/);
    await page.getByRole('button', { name: `Try ${address}` }).click();
    await page.getByRole('cell', { name: 'answered 204' }).waitFor();
    assert.deepEqual(told, ['webhook.test']);
    await assertFit(page, 'webhooks');
    await page.getByRole('button', { name: `Pause ${address}` }).click();
    await page.getByText('Paused.').waitFor();
    await page.getByRole('button', { name: `Remove ${address}` }).click();
    await page.getByRole('button', { name: `Really remove? ${address}` }).click();
    await page.getByRole('article', { name: address }).waitFor({ state: 'hidden' });
  });

  test('whoever is logged in comes out again', async () => {
    await logOut('Anna Berg');
    await assertFit(page, 'logged out');
  });

  test('a technician imports and corrects, and finds no verdict, no performance and no administration', async () => {
    await logIn('tom', PASSWORDS.tom);
    await open('worklist?state=all');
    const pages = page.getByRole('navigation', { name: 'Pages' });
    await pages.getByRole('link', { name: 'Worklist' }).waitFor();
    assert.equal(await pages.getByRole('link', { name: /Admin|Performance/ }).count(), 0);
    await assertFit(page, 'worklist of a technician');
    await open(places.visit);
    await page.getByText('A reader gives the verdict.').waitFor();
    assert.equal(await page.getByRole('button', { name: /^(Sign|Report)/ }).count(), 0);
    await page.getByRole('button', { name: 'Images' }).waitFor();
    await assertAccessible(page, 'visit of a technician');
    for (const [place, words] of [
      ['admin', 'Only a senior or an admin sees this'],
      ['performance', 'it takes another role'],
    ] as const) {
      await open(place);
      await page.getByText(words).first().waitFor();
      await assertFit(page, `${place} of a technician`);
    }
    await logOut('Tom');
  });
});
