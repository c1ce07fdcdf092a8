import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { encodeJpeg, encodePng } from '../image/index.ts';
import { Registry } from '../model/index.ts';
import { renderEye } from '../synth/index.ts';
import { buildApp } from './app.ts';
import type { ClassifyAnswer, ErrorAnswer, GraphInfo, Health, ModelInfo, ModelList } from './contract.ts';
import { startServer } from './start.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
let registry: Registry;
let app: FastifyInstance;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-server-'));
  registry = new Registry({
    builtIn: `${root}models`,
    user: join(folder, 'models'),
    cache: join(folder, 'cache'),
  });
  app = await buildApp({ registry, version: '9.9.9', webFolder: `${root}dist/web` });
});

after(async () => {
  await app.close();
  await registry.close();
  await rm(folder, { recursive: true });
});

type Part = readonly [field: string, name: string, bytes: Uint8Array];

async function post(url: string, parts: readonly Part[], headers: Record<string, string> = {}) {
  const data = new FormData();
  for (const [field, name, bytes] of parts) data.append(field, new Blob([new Uint8Array(bytes)]), name);
  const { headers: own, body } = await encoded(data);
  return app.inject({ method: 'POST', url, headers: { ...own, ...headers }, payload: body });
}

/** Node's own multipart encoding. */
async function encoded(data: FormData) {
  const request = new Request('http://localhost', { method: 'POST', body: data });
  return {
    headers: { 'content-type': request.headers.get('content-type')! },
    body: Buffer.from(await request.arrayBuffer()),
  };
}

const fixture = (name: string) => readFile(`${root}test/browser/fixtures/${name}`);
const text = (s: string) => new TextEncoder().encode(s);
const grey = (width: number, height: number) => ({
  width,
  height,
  channels: 3 as const,
  data: new Uint8Array(width * height * 3).fill(90),
});
const phantom = renderEye({ modality: 'fundus', seed: 'server', size: 320 });
const eye = { width: phantom.width, height: phantom.height, channels: 3 as const, data: phantom.image };
const jpeg = await encodeJpeg(eye);
const noisy = await encodeJpeg({
  ...grey(320, 240),
  data: Uint8Array.from({ length: 320 * 240 * 3 }, (_, i) => (i * 2654435761) >>> 24),
});

/** A PNG that says it is 30000 × 30000, and has next to no pixels: only the header is changed, and its checksum. */
async function vastPng(): Promise<Uint8Array> {
  const png = Buffer.from(await encodePng(grey(8, 8)));
  png.writeUInt32BE(30000, 16);
  png.writeUInt32BE(30000, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

const pointer = text(
  `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 4242\n`,
);

describe('the API', () => {
  test('says that it is ready, and which version it is', async () => {
    const health = (await app.inject('/api/health')).json<Health>();
    assert.equal(health.status, 'ready');
    assert.equal(health.version, '9.9.9');
    assert.match(health.disclaimer, /Not a medical device/);
  });

  test('lists the models, the default one first, and not where they lie', async () => {
    const { models } = (await app.inject('/api/models')).json<ModelList>();
    assert.equal(models[0]?.manifest.name, 'fundus-disease');
    assert.equal(models[0]?.isDefault, true);
    assert.doesNotMatch(JSON.stringify(models), /"folder"/);
  });

  test('reads a picture', async () => {
    const answer = (await post('/api/classify', [['image', 'eye.jpg', jpeg]])).json<ClassifyAnswer>();
    const [reading] = answer.results;
    assert.ok(reading && 'outputs' in reading);
    assert.deepEqual([reading.file, reading.width, reading.height], ['eye.jpg', eye.width, eye.height]);
    assert.equal(reading.gate.modality.modality, 'fundus');
    assert.equal(reading.gate.quality?.verdict, 'good');
    assert.ok(reading.outputs.every(({ probability }) => probability >= 0 && probability <= 1));
  });

  test('what is no retina is refused, and read only for a reason, which stands in the answer', async () => {
    const plain = await encodePng(grey(320, 240));
    const refused = (await post('/api/classify', [['image', 'grey.png', plain]])).json<ClassifyAnswer>();
    const [refusal] = refused.results;
    assert.ok(refusal && 'error' in refusal);
    assert.equal(refusal.error.code, 'NOT_A_RETINA');
    for (const route of ['explain', 'occlude?circle=20,20,5', 'alike']) {
      const answer = await post(`/api/${route}`, [['image', 'grey.png', plain]]);
      const expected = route === 'alike' ? 200 : 422;
      assert.equal(answer.statusCode, expected, route);
      if (expected === 422) assert.equal(answer.json<ErrorAnswer>().error.code, 'NOT_A_RETINA');
    }
    const url = `/api/classify?override=${encodeURIComponent('a test')}`;
    const [reading] = (await post(url, [['image', 'grey.png', plain]])).json<ClassifyAnswer>().results;
    assert.ok(reading && 'outputs' in reading);
    assert.deepEqual(reading.gate.overridden, { code: 'NOT_A_RETINA', reason: 'a test' });
    assert.equal((await post('/api/classify?override=', [['image', 'grey.png', plain]])).statusCode, 400);
  });

  test('the eye is told by the request, and a picture of the other one is a conflict', async () => {
    const right = (await post('/api/classify?eye=OD', [['image', 'x.jpg', jpeg]])).json<ClassifyAnswer>();
    const left = (await post('/api/classify?eye=OS', [['image', 'x.jpg', jpeg]])).json<ClassifyAnswer>();
    const told = [right, left].map(({ results: [reading] }) => {
      assert.ok(reading && 'outputs' in reading);
      return reading.gate.laterality;
    });
    assert.deepEqual(
      told.map(({ eye, source }) => [eye, source]),
      [
        ['OD', 'user'],
        ['OS', 'user'],
      ],
    );
    assert.equal(told.filter(({ conflicts }) => conflicts.length === 1).length, 1);
  });

  test('answers each file of a batch, in order, the bad ones with their own code', async () => {
    const files: readonly (readonly [name: string, bytes: Uint8Array, code: string | null])[] = [
      ['good.jpg', jpeg, null],
      ['empty.jpg', new Uint8Array(), 'FILE_EMPTY'],
      ['short.jpg', noisy.subarray(0, noisy.length / 2), 'IMAGE_DAMAGED'],
      ['pointer.jpg', pointer, 'FILE_IS_LFS_POINTER'],
      ['vast.png', await vastPng(), 'IMAGE_TOO_LARGE'],
      ['notes.jpg', text('the patient was late'), 'IMAGE_UNRECOGNISED'],
      ['last.jpg', jpeg, null],
    ];
    const answer = await post(
      '/api/classify',
      files.map(([name, bytes]) => ['image', name, bytes] as const),
    );
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(
      answer.json<ClassifyAnswer>().results.map((r) => [r.file, 'error' in r ? r.error.code : null]),
      files.map(([name, , code]) => [name, code]),
    );
  });

  test('shows a picture as PNG, no larger than a screen', async () => {
    const wide = await encodeJpeg(grey(4096, 1024));
    const answer = await post('/api/preview', [['image', 'wide.tif', wide]]);
    assert.equal(answer.headers['content-type'], 'image/png');
    const png = answer.rawPayload;
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2048, 512]);
  });

  test('has a drawing to try with, in which the model sees what is drawn, and nothing unlike what it knows', async () => {
    const { headers, rawPayload } = await app.inject('/api/sample');
    assert.equal(headers['content-type'], 'image/png');
    const [reading] = (
      await post('/api/classify', [['image', 'sample.png', rawPayload]])
    ).json<ClassifyAnswer>().results;
    assert.ok(reading && 'outputs' in reading);
    assert.equal(reading.predicted[0], 'D');
    assert.deepEqual(reading.gate.warnings, []);
  });

  test('describes itself as OpenAPI 3.1, and shows that without the internet', async () => {
    const description = (await app.inject('/api/openapi.json')).json<{ openapi: string; paths: object }>();
    assert.match(description.openapi, /^3\.1\./);
    assert.deepEqual(Object.keys(description.paths).toSorted(), [
      '/api/alike',
      '/api/classify',
      '/api/explain',
      '/api/health',
      '/api/models',
      '/api/models/{name}',
      '/api/models/{name}/graph',
      '/api/models/{name}/onnx',
      '/api/occlude',
      '/api/preview',
      '/api/sample',
    ]);
    const page = await app.inject('/api/docs');
    assert.equal(page.statusCode, 200);
    assert.doesNotMatch(page.body, /(src|href)="https?:/);
  });
});

describe('what a model’s file tells of itself', () => {
  test('its layers, ports and size', async () => {
    const graph = (await app.inject('/api/models/fundus-disease/graph')).json<GraphInfo>();
    assert.equal(graph.source.format, 'hdf5');
    assert.equal(graph.opset, 17);
    assert.ok(graph.onnxSize > 100_000);
    assert.deepEqual(graph.outputs[0]!.shape, [null, 8]);
    const convolution = graph.layers.find(({ className }) => className === 'Conv2D')!;
    assert.equal(convolution.outputShape!.length, 4);
    assert.ok(convolution.parameters > 0);
  });

  test('its ONNX graph, which is a model itself', async () => {
    const answer = await app.inject('/api/models/fundus-disease/onnx');
    assert.equal(answer.headers['content-disposition'], 'attachment; filename="fundus-disease.onnx"');
    const added = await post('/api/models', [['model', 'again.onnx', answer.rawPayload]]);
    assert.equal(added.statusCode, 201);
    const graph = (await app.inject('/api/models/again/graph')).json<GraphInfo>();
    assert.equal(graph.source.format, 'onnx');
    assert.ok(graph.layers.some(({ className, parameters }) => className === 'Conv' && parameters > 0));
    await app.inject({ method: 'DELETE', url: '/api/models/again' });
  });

  test('nothing of a model that is not there', async () => {
    for (const what of ['graph', 'onnx']) {
      const answer = await app.inject(`/api/models/nowhere/${what}`);
      assert.equal(answer.json<ErrorAnswer>().error.code, 'MODEL_NOT_FOUND');
    }
  });
});

describe('models of the user', () => {
  test('a tiny Keras model is opened, corrected and removed', async () => {
    const bytes = await fixture('tiny.h5');
    const labels = text('0 alpha\n1 beta\n2 gamma\n3 delta\n');
    const added = await post('/api/models', [
      ['model', 'My Tiny.h5', bytes],
      ['labels', 'labels.txt', labels],
    ]);
    assert.equal(added.statusCode, 201, added.body);
    const { manifest, builtIn } = added.json<ModelInfo>();
    assert.equal(builtIn, false);
    assert.equal(manifest.name, 'my-tiny');
    assert.ok(manifest.guess);
    assert.deepEqual(
      manifest.labels.map((l) => l.name),
      ['alpha', 'beta', 'gamma', 'delta'],
    );

    const url = '/api/models/my-tiny';
    const corrected = await app.inject({
      method: 'PATCH',
      url,
      payload: { title: 'Tiny', task: 'multi_class' },
    });
    assert.equal(corrected.json<ModelInfo>().manifest.guess, undefined);
    const wrong = await app.inject({ method: 'PATCH', url, payload: { labels: manifest.labels.slice(1) } });
    assert.equal(wrong.json<ErrorAnswer>().error.code, 'MODEL_MANIFEST_INVALID');
    assert.equal((await app.inject({ method: 'DELETE', url })).statusCode, 204);
    assert.equal((await app.inject(url)).statusCode, 404);
  });

  test('what is no model is refused', async () => {
    const cases: readonly (readonly [bytes: Uint8Array, code: string])[] = [
      [new Uint8Array(), 'FILE_EMPTY'],
      [pointer, 'FILE_IS_LFS_POINTER'],
      [text('not a model at all, only some text'), 'MODEL_UNRECOGNISED'],
      [await fixture('no_model.h5'), 'MODEL_WITHOUT_GRAPH'],
      [await fixture('own_layer.h5'), 'LAYER_UNSUPPORTED'],
      [await fixture('no_image.h5'), 'MODEL_INPUT_NOT_IMAGE'],
    ];
    for (const [bytes, code] of cases) {
      const answer = await post('/api/models', [['model', 'keras_model.h5', bytes]]);
      assert.equal(answer.json<ErrorAnswer>().error.code, code);
    }
  });
});

describe('refusals', () => {
  const failures: readonly (readonly [
    what: string,
    send: () => Promise<{ statusCode: number; json: <T>() => T }>,
    status: number,
    code: string,
  ])[] = [
    [
      'an unknown model',
      () => post('/api/classify?model=nope', [['image', 'a.jpg', jpeg]]),
      404,
      'MODEL_NOT_FOUND',
    ],
    ['no image', () => post('/api/classify', []), 400, 'IMAGE_MISSING'],
    ['no form', () => app.inject({ method: 'POST', url: '/api/classify' }), 400, 'REQUEST_INVALID'],
    ['no model in the form', () => post('/api/models', []), 400, 'REQUEST_INVALID'],
    ['an unknown address', () => app.inject('/api/nothing'), 404, 'NOT_FOUND'],
    [
      'a field that no model has',
      () =>
        app.inject({ method: 'PATCH', url: '/api/models/fundus-disease', payload: { file: '/etc/passwd' } }),
      400,
      'REQUEST_INVALID',
    ],
    [
      'a change to a shipped model',
      () => app.inject({ method: 'PATCH', url: '/api/models/fundus-disease', payload: { title: 'Mine' } }),
      403,
      'MODEL_READ_ONLY',
    ],
    [
      'JSON that is none',
      () =>
        app.inject({
          method: 'PATCH',
          url: '/api/models/fundus-disease',
          headers: { 'content-type': 'application/json' },
          payload: '{"title": ',
        }),
      400,
      'REQUEST_INVALID',
    ],
    [
      "another site's page",
      () => post('/api/classify', [['image', 'a.jpg', jpeg]], { origin: 'https://evil.example' }),
      400,
      'REQUEST_INVALID',
    ],
    [
      'a request that the browser calls cross-site',
      () => post('/api/classify', [['image', 'a.jpg', jpeg]], { 'sec-fetch-site': 'cross-site' }),
      400,
      'REQUEST_INVALID',
    ],
    [
      'a name that was pointed at this machine',
      () => app.inject({ url: '/api/health', headers: { host: 'rebound.example' } }),
      400,
      'REQUEST_INVALID',
    ],
    ['a path out of the page', () => app.inject('/..%2f..%2fpackage.json'), 404, 'NOT_FOUND'],
  ];
  for (const [what, send, status, code] of failures) {
    test(`${what}: ${code}, with a sentence and a way out, without a stack`, async () => {
      const answer = await send();
      const { error } = answer.json<ErrorAnswer>();
      assert.deepEqual([answer.statusCode, error.code], [status, code]);
      assert.ok(error.message.length > 10 && error.hint);
      assert.doesNotMatch(JSON.stringify(error), /node_modules|\.ts:/);
    });
  }

  test('more files than the limit', async () => {
    const answer = await post(
      '/api/classify',
      Array.from({ length: 201 }, (_, i) => ['image', `${i}.jpg`, text('x')] as const),
    );
    assert.equal(answer.json<ErrorAnswer>().error.code, 'REQUEST_INVALID');
    assert.equal(answer.json<ErrorAnswer>().error.expected, 'at most 200');
  });

  test('every answer forbids what the page does not need', async () => {
    for (const url of ['/api/health', '/api/nothing']) {
      const { headers } = await app.inject(url);
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }
  });

  test('a taken port is named in a sentence', async () => {
    const options = { registry, version: '0', webFolder: `${root}dist/web`, host: '127.0.0.1' };
    const first = await startServer({ ...options, port: 0 });
    const port = Number(new URL(first.address).port);
    await assert.rejects(startServer({ ...options, port }), {
      name: 'RangeError',
      message: new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken`),
    });
    await first.close();
  });
});
