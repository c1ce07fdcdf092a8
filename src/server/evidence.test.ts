import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MethodCheck } from '../flows/explain-check.ts';
import { keepCheck } from '../flows/explain-store.ts';
import { encodeJpeg, encodePng } from '../image/index.ts';
import { Registry } from '../model/index.ts';
import { type FundusParameters, renderFundus } from '../synth/index.ts';
import type { Alike, ClassifyAnswer, ErrorAnswer, Evidence, Occlusion } from './contract.ts';
import { type Server, startServer } from './start.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { image, width, height } = renderFundus({ seed: 3, size: 480, diseases: { glaucoma: 3 } });
const eye = await encodeJpeg({ width, height, channels: 3, data: image });

let folder: string;
let registry: Registry;
let server: Server;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-evidence-'));
  registry = new Registry({
    builtIn: `${root}models`,
    user: join(folder, 'models'),
    cache: join(folder, 'cache'),
  });
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    registry,
    version: '0',
    webFolder: join(folder, 'web'),
    evidence: [join(folder, 'checks'), `${root}evidence`],
  });
});
after(async () => {
  await server.close();
  await registry.close();
  await rm(folder, { recursive: true });
});

async function post<Answer>(
  path: string,
  bytes: Uint8Array | null = eye,
  words: Readonly<Record<string, string>> = {},
) {
  const body = new FormData();
  if (bytes) body.append('image', new Blob([new Uint8Array(bytes)]), 'eye.jpg');
  for (const [name, word] of Object.entries(words)) body.append(name, word);
  const response = await fetch(`${server.address}/api${path}`, { method: 'POST', body });
  return { status: response.status, answer: (await response.json()) as Answer };
}

/** A check as it might have come out. */
const kept: MethodCheck = {
  method: 'eigen-cam',
  randomisation: { stages: [], correlation: 0.9, limit: 0.5, passed: false, pictures: 8 },
  pointing: null,
  passed: false,
  reason: 'It shows the picture, not the model.',
  pictures: 'phantoms',
};

describe('evidence', () => {
  test('of the most probable class, by the method that is the default for the model', async () => {
    const reading = (await post<ClassifyAnswer>('/classify')).answer.results[0]!;
    assert.ok('outputs' in reading);
    const { manifest } = await registry.entry('fundus-disease');
    await keepCheck(join(folder, 'checks'), manifest, { ...kept, method: 'cam', passed: true });
    const { answer } = await post<Evidence>('/explain');
    const [likeliest] = reading.outputs.toSorted((a, b) => b.calibrated! - a.calibrated!);
    assert.deepEqual(
      [answer.label, answer.name, answer.probability, answer.calibrated],
      [likeliest!.label, likeliest!.name, likeliest!.probability, likeliest!.calibrated],
    );
    assert.notEqual(answer.calibrated, answer.probability);
    // What is said in words is what is shown, not what the network says of itself.
    const [, whole] = /(?:from|stays at) (0\.\d+)/.exec(answer.sentence)!;
    assert.ok(Math.abs(Number(whole) - answer.calibrated!) < 0.01, answer.sentence);
    assert.deepEqual([answer.file, answer.width, answer.height], ['eye.jpg', 480, 480]);
    assert.deepEqual(answer.model, reading.model);
    assert.equal(answer.method, 'cam');
    assert.match(answer.why!, /default/);
    // The model sees the lit field, which does not quite fill this picture.
    const { left, top, right, bottom } = answer.extent;
    assert.ok(left > 0 && top > 0 && right < 480 && bottom < 480 && right - left > 400);
    const { width, height, data } = answer.map;
    assert.equal(data.length, width * height);
    assert.equal(Math.max(...data), 1);
    assert.ok(Math.min(...data) >= 0);
    assert.match(answer.sentence, new RegExp(answer.name));
    assert.equal(answer.quadrants.length, 4);
    assert.deepEqual([answer.evidence, answer.check?.method], [true, 'cam']);
    assert.match(answer.disclaimer, /Research use only/);
  });

  test('of a class by its label or name, by a method of choice', async () => {
    const [byLabel, byName] = await Promise.all([
      post<Evidence>('/explain?class=n&method=hires-cam'),
      post<Evidence>('/explain?class=Normal&method=hires-cam'),
    ]);
    assert.deepEqual(byLabel.answer, byName.answer);
    assert.equal(byLabel.answer.label, 'N');
    assert.equal(byLabel.answer.method, 'hires-cam');
    assert.equal(byLabel.answer.why, undefined);
    const { answer: other } = await post<Evidence>('/explain?class=C&method=hires-cam');
    assert.notDeepEqual(other.map.data, byLabel.answer.map.data);
  });

  test('by a method that failed its check for this model says so', async () => {
    const { manifest } = await registry.entry('fundus-disease');
    await keepCheck(join(folder, 'checks'), manifest, kept);
    const { answer } = await post<Evidence>('/explain?method=eigen-cam');
    assert.equal(answer.evidence, false);
    assert.equal(answer.evidenceReason, 'It shows the picture, not the model.');
    assert.equal(answer.check?.randomisation.correlation, 0.9);

    // The usual method fails, another passed: unasked, that one is taken.
    await keepCheck(join(folder, 'checks'), manifest, { ...kept, method: 'cam' });
    const all = { hits: 40, of: 40, rate: 1, low: 0.9, high: 1 };
    const pointing = { ...all, centre: all, random: 0.3 };
    await keepCheck(join(folder, 'checks'), manifest, {
      ...kept,
      method: 'grad-cam++',
      passed: true,
      pointing,
    });
    const { answer: unasked } = await post<Evidence>('/explain');
    assert.deepEqual([unasked.method, unasked.evidence], ['grad-cam++', true]);
    assert.match(unasked.why!, /cam\) failed its check/);
  });

  test('of a model that nobody checked is not called checked', async () => {
    const tiny = await readFile(`${root}test/browser/fixtures/tiny.h5`);
    const { manifest } = await registry.add(tiny, { fileName: 'tiny.h5' });
    const { answer } = await post<Evidence>(`/explain?model=${manifest.name}`);
    assert.deepEqual([answer.evidence, answer.check], [null, null]);
    assert.match(answer.evidenceReason, /^Not checked/);
  });

  for (const [path, code] of [
    ['/explain?class=Squint', 'LABEL_UNKNOWN'],
    ['/explain?method=guess', 'REQUEST_INVALID'],
    ['/explain?model=nobody', 'MODEL_NOT_FOUND'],
    ['/occlude', 'REQUEST_INVALID'],
    ['/occlude?circle=1,2', 'REQUEST_INVALID'],
    ['/occlude?circle=900,100,50', 'REGION_INVALID'],
    ['/occlude?circle=100,100,0', 'REGION_INVALID'],
    ['/occlude?box=50,50,20,80', 'REGION_INVALID'],
    [`/occlude?${'circle=9,9,9&'.repeat(101)}`, 'REQUEST_INVALID'],
  ] as const) {
    test(`${path.slice(0, 40)} is refused: ${code}`, async () => {
      const { status, answer } = await post<ErrorAnswer>(path);
      assert.ok(status >= 400 && status < 500);
      assert.equal(answer.error.code, code);
      assert.ok(answer.error.hint);
    });
  }

  for (const path of ['/explain', '/occlude?circle=100,100,50', '/alike'])
    test(`${path}: what belongs into the address is not passed over in the form`, async () => {
      const { status, answer } = await post<ErrorAnswer>(path, eye, { model: 'oct' });
      assert.deepEqual([status, answer.error.code], [400, 'REQUEST_INVALID']);
      assert.match(answer.error.message, /may not hold model/);
    });

  for (const path of ['/explain', '/occlude?circle=100,100,50']) {
    test(`${path}: a picture that is none, and none at all`, async () => {
      const bad = await post<ErrorAnswer>(path, new TextEncoder().encode('the patient was late'));
      assert.equal(bad.answer.error.code, 'IMAGE_UNRECOGNISED');
      const none = await post<ErrorAnswer>(path, null);
      assert.equal(none.answer.error.code, 'IMAGE_MISSING');
    });
  }

  test('that nobody waits for is not worked on: the next request need not wait for it', async () => {
    const form = new Request('http://localhost', { method: 'POST', body: formWith(eye) });
    const bytes = Buffer.from(await form.arrayBuffer());
    // Two at a time are explained, the others wait. RISE takes a thousand runs each: half a minute for all.
    const abandoned = Array.from({ length: 8 }, () => {
      const sent = request(`${server.address}/api/explain?method=rise`, {
        method: 'POST',
        headers: { 'content-type': form.headers.get('content-type')! },
      });
      sent.on('error', () => {});
      sent.end(bytes);
      return sent;
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    for (const sent of abandoned) sent.destroy();
    const start = performance.now();
    await post<Evidence>('/explain');
    assert.ok(performance.now() - start < 10_000, 'the maps that nobody waits for were finished first');
  });
});

function formWith(bytes: Uint8Array): FormData {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(bytes)]), 'eye.jpg');
  return form;
}

describe('occlusion', () => {
  test('of everything that speaks for a class moves its probability; before is what classify says', async () => {
    const reading = (await post<ClassifyAnswer>('/classify')).answer.results[0]!;
    assert.ok('outputs' in reading);
    const { answer } = await post<Occlusion>('/occlude?box=100,40,540,440&circle=320,240,60');
    assert.deepEqual(
      answer.outputs.map(({ label, before }) => [label, before]),
      reading.outputs.map(({ label, calibrated }) => [label, calibrated]),
    );
    assert.ok(answer.outputs.some(({ before, after }) => Math.abs(after - before) > 0.1));
  });

  test('of a corner that is black changes next to nothing', async () => {
    const { answer } = await post<Occlusion>('/occlude?circle=12.5,12.5,10');
    for (const { before, after } of answer.outputs) assert.ok(Math.abs(after - before) < 0.01);
  });
});

describe('alike', () => {
  test('five synthetic eyes that the model sees as alike, nearest first, each with the same eye in health', async () => {
    const { status, answer } = await post<Alike>('/alike');
    assert.equal(status, 200);
    assert.equal(answer.none, undefined, 'evidence/ is of this generator: else `fovea explain --check`');
    assert.equal(answer.cases.length, 5);
    assert.equal(answer.labels.length, 8);
    for (const [i, { likeness, probabilities, without, drawnFrom }] of answer.cases.entries()) {
      assert.ok(likeness <= (answer.cases[i - 1]?.likeness ?? 1));
      assert.equal(probabilities.length, 8);
      const { diseases } = drawnFrom as FundusParameters;
      assert.equal(without === null, Object.keys(diseases!).length === 0);
    }
    assert.match(answer.disclaimer, /Research use only/);
  });

  test('a case is drawn again from its parameters, and the model answers as it did', async () => {
    const { answer } = await post<Alike>('/alike');
    const [nearest] = answer.cases;
    const drawn = renderFundus(nearest!.drawnFrom as FundusParameters);
    const png = await encodePng({ width: drawn.width, height: drawn.height, channels: 3, data: drawn.image });
    const reading = (await post<ClassifyAnswer>('/classify', png)).answer.results[0]!;
    assert.ok('outputs' in reading);
    reading.outputs.forEach(({ calibrated }, i) => {
      assert.ok(Math.abs(calibrated! - nearest!.probabilities[i]!) < 1e-3);
    });
    const { answer: itself } = await post<Alike>('/alike', png);
    assert.deepEqual(itself.cases[0]!.drawnFrom, nearest!.drawnFrom);
  });

  test('no picture, or none that it is', async () => {
    assert.equal((await post<ErrorAnswer>('/alike', null)).answer.error.code, 'IMAGE_MISSING');
    const bad = await post<ErrorAnswer>('/alike', new TextEncoder().encode('the patient was late'));
    assert.equal(bad.answer.error.code, 'IMAGE_UNRECOGNISED');
  });
});
