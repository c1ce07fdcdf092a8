/**
 * A folder of photographs into the reading room; each visit is told of as the models have read it. Node 24, no library.
 *     FOVEA=http://127.0.0.1:4280 [TOKEN=fvt_…] node clinic.ts FOLDER
 * Where people log in, TOKEN is one made on the page (your name, "Tokens") with the role technician.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv, env } from 'node:process';

const api = `${env.FOVEA ?? 'http://127.0.0.1:4280'}/api`;
const headers: Record<string, string> = env.TOKEN ? { authorization: `Bearer ${env.TOKEN}` } : {};

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${api}/${path}`, { ...init, headers: { ...headers, ...init.headers } });
  const body = await answer.json();
  // Every refusal has a code that stays, a sentence, and the way out.
  if (!answer.ok) throw new Error(`${body.error.code}: ${body.error.message} ${body.error.hint}`);
  return body;
}

const post = <T>(path: string, body: object) =>
  ask<T>(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

/** Ids of visits, as something in them changes. */
async function* changes(signal: AbortSignal): AsyncGenerator<string> {
  const { body } = await fetch(`${api}/events`, { headers, signal });
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (!data) continue;
      const { type, visitId } = JSON.parse(data);
      if (type === 'visit') yield visitId;
    }
  }
}

interface Visit {
  readonly state: string;
  readonly result: string | null;
  readonly triage: number | null;
  readonly patient: { readonly identifier: string };
}

const folder = argv[2] ?? '.';
const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|tiff?)$/i.test(name));
const over = new AbortController();
// Asked for before anything is sent, so that nothing is missed.
const visits = changes(over.signal);
const first = visits.next();

const { id } = await post<{ id: string }>('batches', { name: 'from a program', pattern: '{patient}_{eye}*' });
for (const name of names) {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(await readFile(join(folder, name)))]), name);
  await ask(`batches/${id}/files`, { method: 'POST', body: form });
}
await post(`batches/${id}/done`, {});

const told = new Set<string>();
const tell = async (visitId: string) => {
  const { state, result, triage, patient } = await ask<Visit>(`visits/${visitId}`);
  if (state === 'waiting' || told.has(visitId)) return;
  told.add(visitId);
  console.log(`${patient.identifier}: ${result ?? 'nothing'}, risk ${((triage ?? 0) * 100).toFixed(1)} %`);
};
const isRead = async () => (await ask<{ waiting: number }>(`batches/${id}`)).waiting === 0;

for (let next = await first; !next.done; next = await visits.next()) {
  await tell(next.value);
  if (await isRead()) break;
}
// What was read while the last one was told of.
const { visits: rows } = await ask<{ visits: { id: string }[] }>(`worklist?batch=${id}&limit=200`);
for (const row of rows) await tell(row.id);
over.abort();
