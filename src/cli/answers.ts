import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Item } from '../dataset/index.ts';
import { type Answer, answer } from '../flows/evaluate.ts';
import { type Model, sha256 } from '../model/index.ts';

/** Pictures read at once: the next are decoded while the model answers. */
const AHEAD = 4;

/** Answers by file, from the cache in `out` where this model has given them already for the same bytes. */
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
  for (const line of text.split('\n')) {
    const one = answerIn(line);
    if (one) known.set(one.path, one);
  }
  // What an interruption left of the last line stays apart from the next.
  if (text !== '' && !text.endsWith('\n')) await appendFile(cache, '\n');
  const cached = async ({ path }: Item) => {
    const one = known.get(path);
    const bytes = one && (await readFile(path).catch(() => undefined));
    return bytes && sha256(bytes) === one.sha256 ? one : undefined;
  };
  const answers = new Map<string, Answer>();
  for (let i = 0; i < items.length; i += AHEAD) {
    const some = items.slice(i, i + AHEAD);
    const got = await Promise.all(
      some.map(async (item) => (await cached(item)) ?? answer(item, model, gate)),
    );
    const fresh = got.flatMap((one, k) =>
      known.get(some[k]!.path) === one ? [] : [`${JSON.stringify({ path: some[k]!.path, ...one })}\n`],
    );
    if (fresh.length) await appendFile(cache, fresh.join(''));
    for (const [k, one] of got.entries()) answers.set(some[k]!.file, one);
  }
  return answers;
}

/** A line of the cache; undefined where it is a torn one, or no answer. */
function answerIn(line: string): (Answer & { readonly path: string }) | undefined {
  try {
    const one = JSON.parse(line);
    return one?.probabilities ? one : undefined;
  } catch {
    return undefined;
  }
}

/** Another contract gives other answers. */
const contractKey = ({ manifest }: Model) =>
  Buffer.from(
    Object.values(manifest.preprocessing)
      .flat()
      .map((v) => JSON.stringify(v))
      .join(),
  ).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
