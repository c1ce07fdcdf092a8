import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { root, temporaryFolder } from '../../test/cli.ts';
import { Registry } from '../model/index.ts';
import { answersOf } from './answers.ts';

/** Two pictures, a model that counts how often it is asked, and the cache of its answers. */
async function asked(t: TestContext) {
  const folder = temporaryFolder(t);
  const registry = new Registry({
    builtIn: join(root, 'models'),
    user: folder,
    cache: join(folder, 'graphs'),
  });
  t.after(() => registry.close());
  const model = await registry.openPath(join(root, 'test/browser/fixtures/tiny.h5'));
  const { mock } = t.mock.method(model, 'predict');
  const items = ['square.jpg', 'turned.jpg'].map((file) => {
    const path = join(folder, file);
    copyFileSync(join(root, 'test/fixtures', file), path);
    return { file, path, patient: file, labels: ['a'], columns: {} };
  });
  const out = join(folder, 'out');
  /** Answers, and how many of them the model gave now. */
  const ask = async () => {
    mock.resetCalls();
    const answers = await answersOf(items, model, { out, gate: false });
    return { answers, given: mock.callCount() };
  };
  const cache = () => join(out, readdirSync(out)[0]!);
  return { items, ask, cache };
}

describe('the cache of answers', () => {
  test('asks a model once for the same bytes', async (t) => {
    const { ask } = await asked(t);
    const first = await ask();
    assert.equal(first.given, 2);
    const again = await ask();
    assert.equal(again.given, 0);
    assert.deepEqual(
      [...again.answers.values()].map(({ probabilities }) => probabilities),
      [...first.answers.values()].map(({ probabilities }) => probabilities),
    );
  });

  test('asks anew where the file is another now, and has no answer where it is gone', async (t) => {
    const { ask, items } = await asked(t);
    const [one, other] = items as [(typeof items)[0], (typeof items)[0]];
    const before = (await ask()).answers.get(one.file)!;
    copyFileSync(join(root, 'test/fixtures/grey.png'), one.path);
    rmSync(other.path);
    const { answers, given } = await ask();
    assert.equal(given, 1);
    assert.notEqual(answers.get(one.file)!.sha256, before.sha256);
    assert.equal(answers.get(other.file)!.excluded, 'FILE_NOT_FOUND');
    copyFileSync(join(root, 'test/fixtures/turned.jpg'), other.path);
    assert.equal((await ask()).given, 0, 'and the latest answer of a path counts');
  });

  test('takes a torn line for no answer, wherever it stands, and writes none of its own into it', async (t) => {
    const { ask, cache } = await asked(t);
    await ask();
    const [first, second] = readFileSync(cache(), 'utf8').trim().split('\n') as [string, string];
    writeFileSync(cache(), `${first.slice(0, 40)}\nnull\n${second}\n`);
    assert.equal((await ask()).given, 1);
    appendFileSync(cache(), first.slice(0, 40));
    assert.equal((await ask()).given, 0);
    writeFileSync(cache(), first.slice(0, 40));
    assert.equal((await ask()).given, 2);
    assert.equal((await ask()).given, 0);
  });
});
