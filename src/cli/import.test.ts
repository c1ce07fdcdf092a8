import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakable } from '../../test/breakable.ts';
import { fovea, root, temporaryFolder } from '../../test/cli.ts';
import { testStore } from '../../test/store.ts';
import { FoveaError } from '../core/errors.ts';
import { writeZip } from '../formats/zip-writer.ts';
import { cancelBatch, listBatches, listItems } from '../store/index.ts';
import { patiently } from './taking.ts';

/** As much of a JPEG as tells it from other files; each text is another file. */
const jpeg = (text: string) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text)]);

let store: Awaited<ReturnType<typeof testStore>>;
before(async () => {
  store = await testStore();
});
after(() => store.close());

/** What became of the files of the latest import. */
async function latest() {
  const [batch] = await listBatches(store.db);
  const { items } = await listItems(store.db, batch!.id);
  const became = items.map(({ name, state, patient, error }) => [
    name,
    (error as { code: string } | null)?.code ?? state,
    patient,
  ]);
  return { batch: batch!, became };
}

async function campIn(folder: string): Promise<string> {
  const camp = join(folder, 'camp');
  await mkdir(join(camp, '.git'), { recursive: true });
  const files: Record<string, Uint8Array> = {
    'P1_OD.jpg': jpeg('1'),
    'P1_OS.jpg': Buffer.from('the patient was late'),
    'day.zip': writeZip({ 'P2_OD.jpg': jpeg('2'), 'Thumbs.db': jpeg('x'), 'P2_OS.txt': Buffer.from('x') }),
    'patients.csv': Buffer.from('file,patient,eye\nday.zip/P2_OD.jpg,77,OS\nP9.jpg,9,OD\n'),
    'notes.txt': Buffer.from('x'),
    'Thumbs.db': Buffer.from('x'),
    '.DS_Store': Buffer.from('x'),
    '.git/config': Buffer.from('x'),
    /** Without an ending, and a picture all the same. */
    P3_OD: jpeg('3'),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(camp, name), bytes);
  return camp;
}

describe('fovea import', () => {
  test('opens archives, leaves out what is no picture with a word, and says what was refused', async (t) => {
    const camp = await campIn(temporaryFolder(t));
    const { status, stdout, stderr } = await fovea(['import', camp], store.folder);
    assert.equal(stdout, '3 taken, 0 known already, 2 refused.\n');
    assert.equal(status, 1);
    assert.match(stderr, /patients\.csv is a table and is left out; --table/);
    assert.match(stderr, /1 file is no picture/);
    assert.match(stderr, /3 hidden or system files left out/);
    assert.match(stderr, /camp\/P1_OS\.jpg: .*\[IMAGE_UNRECOGNISED\]/);
    const { batch, became } = await latest();
    assert.deepEqual([batch.source, batch.isImporting], ['folder', false]);
    assert.deepEqual(became, [
      ['camp/P1_OD.jpg', 'waiting', 'P1'],
      ['camp/P1_OS.jpg', 'IMAGE_UNRECOGNISED', null],
      ['camp/P3_OD', 'waiting', 'P3'],
      ['camp/day.zip/P2_OD.jpg', 'waiting', 'P2'],
      ['camp/day.zip/P2_OS.txt', 'IMAGE_UNRECOGNISED', null],
    ]);
  });

  test('uses a table for what archives hold too, and says what never came', async (t) => {
    const camp = await campIn(temporaryFolder(t));
    const one = join(camp, 'day.zip');
    await writeFile(one, writeZip({ 'P2_OD.jpg': jpeg('with a table') }));
    const table = join(camp, 'patients.csv');
    const { stderr } = await fovea(['import', one, join(camp, 'none.jpg'), '--table', table], store.folder);
    assert.match(stderr, /P9\.jpg: .*\[FILE_NOT_SENT\]/i);
    const { became } = await latest();
    assert.deepEqual(became, [
      ['day.zip/P2_OD.jpg', 'waiting', '77'],
      ['none.jpg', 'FILE_NOT_FOUND', null],
      ['p9.jpg', 'FILE_NOT_SENT', null],
    ]);
  });
});

test('a table that is not there is named, and no import is begun', async (t) => {
  const before = await listBatches(store.db);
  const table = join(temporaryFolder(t), 'nope.csv');
  const { status, stderr } = await fovea(['import', 'none.jpg', '--table', table], store.folder);
  assert.equal(status, 1);
  assert.match(stderr, /nope\.csv".* \[FILE_NOT_FOUND\]/);
  assert.deepEqual(await listBatches(store.db), before);
});

/** `fovea watch` on a folder, until the test is over. */
function watching(t: TestContext, folder: string, databaseUrl: string) {
  const command = spawn(process.execPath, [join(root, 'bin/fovea.mjs'), 'watch', folder], {
    env: { ...process.env, FOVEA_DATA: store.folder, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => command.kill('SIGKILL'));
  let said = '';
  for (const stream of [command.stdout, command.stderr]) stream.on('data', (text) => (said += text));
  const until = async (is: (said: string) => boolean | Promise<boolean>) => {
    for (let i = 0; !(await is(said)); i++) {
      assert.ok(i < 600 && command.exitCode === null, said);
      await sleep(100);
    }
  };
  const stop = async () => {
    command.kill('SIGTERM');
    const [status] = await once(command, 'exit');
    return { status, said };
  };
  return { until, stop };
}

describe('fovea watch', () => {
  test('waits for a database that is away, and then takes all that came meanwhile', async (t) => {
    const folder = temporaryFolder(t);
    const line = await breakable(Number(new URL(store.url).port));
    t.after(line.cut);
    const url = new URL(store.url);
    url.port = String(line.port);
    const { until, stop } = watching(t, folder, url.href);
    await until((said) => said.includes('Watching'));
    await writeFile(join(folder, 'W1_OD.jpg'), jpeg('watched 1'));
    await writeFile(join(folder, 'Thumbs.db'), 'x');
    await writeFile(join(folder, 'log.txt'), 'x');
    await until(async () => (await latest()).became.length === 1);

    line.cut();
    await writeFile(join(folder, 'W1_OS.jpg'), jpeg('watched 2'));
    await writeFile(join(folder, 'more.zip'), writeZip({ 'W2_OD.jpg': jpeg('watched 3') }));
    await until((said) => said.includes('Trying again'));
    await line.mend();
    await until(async () => (await latest()).became.length === 3);

    const { status, said } = await stop();
    assert.equal(status, 0, said);
    assert.match(said, /DATABASE_UNAVAILABLE/);
    assert.match(said, /log\.txt is no picture and is left out/);
    assert.doesNotMatch(said, /Thumbs/);
    const { batch, became } = await latest();
    assert.deepEqual([batch.source, batch.isImporting], ['watch', false]);
    assert.deepEqual(became.map(([name]) => name).sort(), ['W1_OD.jpg', 'W1_OS.jpg', 'more.zip/W2_OD.jpg']);
  });

  test('begins anew after somebody has cancelled its import', async (t) => {
    const folder = temporaryFolder(t);
    const { until, stop } = watching(t, folder, store.url);
    await until((said) => said.includes('Watching'));
    const cancelled = (await latest()).batch.id;
    await cancelBatch(store.db, cancelled);
    await writeFile(join(folder, 'V1_OD.jpg'), jpeg('after that'));
    await until(async () => (await latest()).became.length === 1);
    const { batch } = await latest();
    assert.notEqual(batch.id, cancelled);
    assert.equal(batch.cancelled, false);
    await stop();
  });
});

test('a full disk is waited for, and told of once that is over', async (t) => {
  t.mock.method(console, 'error', () => {});
  let tries = 0;
  const act = async () => {
    if (++tries < 2) throw new FoveaError('STORAGE_FULL');
    return 'taken';
  };
  assert.equal(await patiently(act, {}), 'taken');
  tries = -10;
  await assert.rejects(patiently(act, { limitMs: 50 }), { code: 'STORAGE_FULL' });
  const fault = async () => {
    throw new FoveaError('INTERNAL');
  };
  await assert.rejects(patiently(fault, {}), { code: 'INTERNAL' });
});
