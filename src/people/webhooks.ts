import { createHmac } from 'node:crypto';
import { FoveaError } from '../core/errors.ts';
import { type Person, refuseToken } from './person.ts';
import type { Deed } from './ports.ts';
import { demandRole, LEAST } from './roles.ts';
import { makeSecret } from './secrets.ts';

/** What others can be told of. */
export const WEBHOOK_EVENTS = ['visit.read', 'visit.signed', 'report.created'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
/** What an address is told to try it; it holds no ids, and is not told again where nobody listened. */
export const TEST_EVENT = 'webhook.test';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: WebhookEvent[];
  readonly disabled: boolean;
  readonly createdAt: string;
}

/** Something to tell one address. */
export interface Delivery {
  readonly id: string;
  readonly event: string;
  /** Ids only: who a patient is, one asks with a token. */
  readonly body: unknown;
  readonly createdAt: string;
  /** This one included. */
  readonly attempts: number;
  readonly url: string;
  readonly secret: string;
}

/** What became of an attempt. */
export interface Attempt {
  readonly status: number | null;
  readonly error: string | null;
  readonly deliveredAt: Date | null;
  /** When it is tried again; null = not any more. */
  readonly nextAt: Date | null;
}

/** What webhooks need of a database. */
export interface WebhookStore {
  atOnce<T>(work: (store: WebhookStore) => Promise<T>): Promise<T>;
  audit(deed: Deed): Promise<void>;
  webhooks(): Promise<Webhook[]>;
  addWebhook(url: string, secret: string, events: readonly string[]): Promise<Webhook>;
  /** @returns undefined where there is none */
  changeWebhook(
    id: string,
    change: { readonly events?: readonly string[]; readonly disabled?: boolean },
  ): Promise<Webhook | undefined>;
  /** @returns whether there was one */
  removeWebhook(id: string): Promise<boolean>;
  /** @returns whether there is such a webhook, and it is not paused */
  tell(id: string, event: string): Promise<boolean>;
  /** Takes some that are due, for this process alone until `heldUntil`, and counts the attempt. */
  takeDue(now: Date, heldUntil: Date, limit: number): Promise<Delivery[]>;
  keepAttempt(id: string, attempt: Attempt): Promise<void>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Waits after each attempt that failed; about a day and a half in all, so that a weekend's night shift can mend the other side. */
export const RETRY_AFTER_MS: readonly number[] = [
  10 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  8 * HOUR,
  24 * HOUR,
];
const TIMEOUT_MS = 10 * SECOND;
const AT_ONCE = 10;
/** What a process that died had taken is taken by another after this. */
const HELD_MS = 6 * TIMEOUT_MS;

/**
 * Has an address told of events.
 *
 * @returns the webhook, and the secret its messages are signed with, which is shown this once
 * @throws FoveaError `FORBIDDEN`, `REQUEST_INVALID`
 */
export async function addWebhook(
  store: WebhookStore,
  by: Person,
  { url, events }: { readonly url: string; readonly events: readonly WebhookEvent[] },
): Promise<{ webhook: Webhook; secret: string }> {
  demandManager(by);
  const address = demandAddress(url);
  const secret = `whsec_${makeSecret()}`;
  return store.atOnce(async (store) => {
    const webhook = await store.addWebhook(address, secret, [...new Set(events)]);
    await store.audit({
      actor: by.login,
      action: 'webhook.add',
      subject: `webhook ${webhook.id}`,
      // Paths of such addresses are secrets of the other side.
      detail: { host: new URL(address).host, events: webhook.events },
    });
    return { webhook, secret };
  });
}

/** @throws FoveaError `FORBIDDEN`, `NOT_FOUND` */
export async function changeWebhook(
  store: WebhookStore,
  by: Person,
  id: string,
  change: { readonly events?: readonly WebhookEvent[]; readonly disabled?: boolean },
): Promise<Webhook> {
  demandManager(by);
  return store.atOnce(async (store) => {
    const webhook = await store.changeWebhook(id, change);
    if (!webhook) throw new FoveaError('NOT_FOUND');
    await store.audit({
      actor: by.login,
      action: 'webhook.change',
      subject: `webhook ${id}`,
      detail: change,
    });
    return webhook;
  });
}

/** @throws FoveaError `FORBIDDEN`, `NOT_FOUND` */
export async function removeWebhook(store: WebhookStore, by: Person, id: string): Promise<void> {
  demandManager(by);
  await store.atOnce(async (store) => {
    if (!(await store.removeWebhook(id))) throw new FoveaError('NOT_FOUND');
    await store.audit({ actor: by.login, action: 'webhook.remove', subject: `webhook ${id}` });
  });
}

/**
 * Has an address told of nothing, so that one sees whether it listens: within seconds it stands among its deliveries.
 *
 * @throws FoveaError `FORBIDDEN`, `NOT_FOUND` where there is none, or it is paused
 */
export async function testWebhook(store: WebhookStore, by: Person, id: string): Promise<void> {
  demandManager(by);
  if (!(await store.tell(id, TEST_EVENT))) throw new FoveaError('NOT_FOUND');
}

/**
 * The header `fovea-signature` of a message: moment in seconds, and HMAC-SHA256 over `moment.body`.
 *
 * The receiver computes the same over the bytes it got, compares in constant time, and refuses moments that are more than
 * five minutes away, so that no message is played to it twice.
 */
export function signatureOf(body: string, secret: string, now: Date): string {
  const moment = Math.floor(now.getTime() / SECOND);
  const digest = createHmac('sha256', secret).update(`${moment}.${body}`).digest('hex');
  return `t=${moment},v1=${digest}`;
}

/**
 * Delivers what is due. As many processes as wanted may do so at once.
 *
 * @param send `fetch`
 * @returns how many were tried
 */
export async function deliverDue(
  store: WebhookStore,
  send: typeof fetch = fetch,
  now: () => Date = () => new Date(),
): Promise<number> {
  let tried = 0;
  for (;;) {
    const start = now();
    const due = await store.takeDue(start, new Date(start.getTime() + HELD_MS), AT_ONCE);
    await Promise.all(due.map(async (one) => store.keepAttempt(one.id, await attempt(one, send, now))));
    tried += due.length;
    if (due.length < AT_ONCE) return tried;
  }
}

async function attempt(delivery: Delivery, send: typeof fetch, now: () => Date): Promise<Attempt> {
  const { id, event, createdAt, body, url, secret } = delivery;
  const text = JSON.stringify({ id, event, createdAt, ...(body as object) });
  try {
    const answer = await send(demandAddress(url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'fovea',
        'fovea-event': event,
        'fovea-delivery': id,
        'fovea-signature': signatureOf(text, secret, now()),
      },
      body: text,
      // Where an address that the administrator chose points to is not what they chose.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    if (answer.ok) return { status: answer.status, error: null, deliveredAt: now(), nextAt: null };
    return { ...failed(delivery, now()), status: answer.status, error: `answered ${answer.status}` };
  } catch (thrown) {
    return { ...failed(delivery, now()), status: null, error: reasonOf(thrown) };
  }
}

function failed({ event, attempts }: Delivery, now: Date) {
  const wait = event === TEST_EVENT ? undefined : RETRY_AFTER_MS[attempts - 1];
  return { deliveredAt: null, nextAt: wait === undefined ? null : new Date(now.getTime() + wait) };
}

/** In a word or two; what a foreign server sends is shown to nobody. */
function reasonOf(thrown: unknown): string {
  const { name, cause } = thrown as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / SECOND} s`;
  return cause?.code ?? 'cannot be reached';
}

function demandManager(by: Person): void {
  refuseToken(by);
  demandRole(by.role, LEAST['manage webhooks']);
}

/** @throws FoveaError `REQUEST_INVALID` for what is no http address, or holds a password */
function demandAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url.href;
  throw new FoveaError('REQUEST_INVALID', {
    reason: 'the address cannot be told anything',
    expected: 'https://… or http://…, without user and password',
    received: url?.protocol ?? 'no address',
    hint: 'Correct the address.',
  });
}
