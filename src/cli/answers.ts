import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Item } from '../dataset/index.ts';
import { type Answer, answer } from '../flows/evaluate.ts';
import type { Model } from '../model/index.ts';

/** Pictures read at once: the next are decoded while the model answers. */
const AHEAD = 4;

/** Answers by file, from the cache in `out` where this model has given them already. */
export async function answersOf(
  items: readonly Item[],
  model: Model,
  { out, gate }: { readonly out: string; readonly gate: boolean },
): Promise<Map<string, Answer>> {
  const cache = join(
    out,
    `answers-${model.manifest.sha256.slice(0, 16)}-${contractKey(model)}${gate ? '-gate' : ''}.jsonl`,
  );
  await mkdir(dirname(cache), { recursive: true });
  const text = await readFile(cache, 'utf8').catch(() => '');
  const known = new Map<string, Answer>();
  // What an interruption left of the last line is no answer.
  for (const line of text.split('\n').slice(0, -1)) {
    const one = JSON.parse(line) as Answer & { path: string };
    if (one.probabilities) known.set(one.path, one);
  }
  if (text !== '' && !text.endsWith('\n')) await writeFile(cache, text.slice(0, text.lastIndexOf('\n') + 1));
  const answers = new Map<string, Answer>();
  for (let i = 0; i < items.length; i += AHEAD) {
    const some = items.slice(i, i + AHEAD);
    const got = await Promise.all(some.map((item) => known.get(item.path) ?? answer(item, model, gate)));
    const fresh = got.flatMap((one, k) =>
      known.has(some[k]!.path) ? [] : [`${JSON.stringify({ path: some[k]!.path, ...one })}\n`],
    );
    if (fresh.length) await appendFile(cache, fresh.join(''));
    for (const [k, one] of got.entries()) answers.set(some[k]!.file, one);
  }
  return answers;
}

/** Another contract gives other answers. */
const contractKey = ({ manifest }: Model) =>
  Buffer.from(
    Object.values(manifest.preprocessing)
      .flat()
      .map((v) => JSON.stringify(v))
      .join(),
  ).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
