import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { type ErrorCode, FoveaError } from '../core/errors.ts';
import { savedModelFolder } from './foreign.ts';
import { convertKeras } from './index.ts';

const read = (name: string) => new Uint8Array(readFileSync(new URL(`../../${name}`, import.meta.url)));
const hostile = unzipSync(read('src/keras/fixtures/hostile.zip'));
const whole = hostile['whole.h5']!;

/** The whole model with a word in it replaced by one of the same length. */
function edited(word: string, by: string): Uint8Array {
  assert.equal(word.length, by.length);
  return new Uint8Array(Buffer.from(Buffer.from(whole).toString('latin1').replaceAll(word, by), 'latin1'));
}

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 2219960\n`;
const { 'config.json': config, 'model.weights.h5': weights } = unzipSync(hostile['whole.keras']!) as {
  'config.json': Uint8Array;
  'model.weights.h5': Uint8Array;
};

/** Each code that `convertKeras` documents, with a real input for it. */
const REFUSALS: readonly { what: string; code: ErrorCode; bytes: Uint8Array; received?: RegExp }[] = [
  { what: 'nothing at all', code: 'FILE_EMPTY', bytes: new Uint8Array(), received: /^0 bytes$/ },
  { what: 'a Git-LFS pointer', code: 'FILE_IS_LFS_POINTER', bytes: strToU8(pointer), received: /pointer/ },
  {
    what: 'a picture',
    code: 'MODEL_UNRECOGNISED',
    bytes: read('test/fixtures/square.jpg'),
    received: /ff d8 ff/,
  },
  {
    what: 'half a file',
    code: 'MODEL_DAMAGED',
    bytes: whole.subarray(0, whole.length / 2),
    received: /bytes/,
  },
  {
    what: 'an HDF5 file of another kind',
    code: 'MODEL_WITHOUT_GRAPH',
    bytes: edited('model_config', 'm_dell_cfgig'),
    received: /model_weights/,
  },
  {
    what: 'weights alone',
    code: 'MODEL_WITHOUT_GRAPH',
    bytes: hostile['keras3.weights.h5']!,
    received: /layers/,
  },
  {
    what: 'an archive without its configuration',
    code: 'MODEL_WITHOUT_GRAPH',
    bytes: zipSync({ 'model.weights.h5': weights }),
    received: /model\.weights\.h5/,
  },
  {
    what: 'an archive without its weights',
    code: 'MODEL_WITHOUT_GRAPH',
    bytes: zipSync({ 'config.json': config }),
    received: /config\.json/,
  },
  { what: 'a configuration that is not JSON', code: 'MODEL_CONFIG_INVALID', bytes: hostile['not JSON.h5']! },
  {
    what: 'two layers of one name',
    code: 'MODEL_CONFIG_INVALID',
    bytes: hostile['two layers of one name.h5']!,
    received: /"conv" twice/,
  },
  {
    what: 'a dataset of more elements than there is memory',
    code: 'MODEL_TOO_LARGE',
    bytes: hostile['dataset of 1e9 rows.h5']!,
    received: /72000000000 bytes/,
  },
  {
    what: 'a ZIP bomb',
    code: 'MODEL_TOO_LARGE',
    bytes: hostile['zip bomb.keras']!,
    received: /100000000 bytes/,
  },
  {
    what: 'a dataset kept in another file',
    code: 'MODEL_STORAGE_UNSUPPORTED',
    bytes: hostile['external storage.h5']!,
  },
  { what: 'a link to another file', code: 'MODEL_STORAGE_UNSUPPORTED', bytes: hostile['external link.h5']! },
  {
    what: 'a layer that is not known',
    code: 'LAYER_UNSUPPORTED',
    bytes: edited('GlobalAveragePooling2D', 'GlobalMedianePooling2D'),
  },
  {
    what: 'a layer without its weights',
    code: 'WEIGHTS_MISSING',
    bytes: hostile['numbers for weight names.h5']!,
    received: /none/,
  },
];

/** Codes whose message itself says what was received: the name of a layer, the place of the damage. */
const MESSAGE_SAYS_IT: readonly ErrorCode[] = [
  'MODEL_STORAGE_UNSUPPORTED',
  'MODEL_CONFIG_INVALID',
  'LAYER_UNSUPPORTED',
];

async function refusalOf(bytes: Uint8Array): Promise<FoveaError> {
  const refusal = await convertKeras(bytes).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(refusal instanceof FoveaError, 'it was not refused');
  return refusal;
}

describe('each refusal says what was received, and the way out', () => {
  for (const { what, code, bytes, received } of REFUSALS) {
    test(`${what}: ${code}`, async () => {
      const body = (await refusalOf(bytes)).toJSON();
      assert.equal(body.code, code);
      assert.match(body.message, /^[A-Z].*\.$/, 'a whole sentence');
      assert.doesNotMatch(body.message, /\?|undefined|\[object/, 'with every gap in it filled');
      assert.ok(body.hint, 'the way out');
      if (received) assert.match(body.received ?? '', received);
      else assert.ok(MESSAGE_SAYS_IT.includes(code), 'what was received');
    });
  }

  test('every code that convertKeras documents is here', () => {
    const documented = /@throws FoveaError([^/]*)\*\/\nexport async function convertKeras/.exec(
      readFileSync(new URL('convert.ts', import.meta.url), 'utf8'),
    )![1]!;
    assert.deepEqual(
      new Set(REFUSALS.map(({ code }) => code)),
      new Set([...documented.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code)),
    );
  });
});

/** Other programs' files by their first bytes, as these write them. */
const FOREIGN: readonly { what: RegExp; hint: RegExp; bytes: Uint8Array }[] = [
  {
    what: /TensorFlow Lite/,
    hint: /converted from/,
    bytes: Uint8Array.of(0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33, 0x14, 0, 0x20, 0),
  },
  {
    what: /PyTorch/,
    hint: /torch\.onnx\.export/,
    bytes: zipSync({ 'model/data.pkl': strToU8('\x80\x02}q\x00.'), 'model/version': strToU8('3\n') }),
  },
  { what: /NumPy archive/, hint: /model\.save/, bytes: zipSync({ 'arr_0.npy': strToU8('\x93NUMPY') }) },
  {
    what: /zipped TensorFlow SavedModel/,
    hint: /load_model/,
    bytes: zipSync({
      'my_model/saved_model.pb': Uint8Array.of(8, 1, 0x12),
      'my_model/keras_metadata.pb': strToU8(''),
    }),
  },
  {
    what: /saved_model\.pb/,
    hint: /load_model/,
    bytes: Uint8Array.of(0x08, 0x01, 0x12, 0xb4, 0x83, 0x02, 0x0a, 0x5c),
  },
  // torch.save without its archive, pickle.dumps of protocols 0, 2 and 4
  { what: /pickle/, hint: /runs code/, bytes: Uint8Array.of(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46) },
  { what: /pickle/, hint: /runs code/, bytes: strToU8('(dp0\nVa\np1\nI1\ns.') },
  { what: /pickle/, hint: /runs code/, bytes: Uint8Array.of(0x80, 0x02, 0x7d, 0x71, 0x00, 0x58) },
  { what: /pickle/, hint: /runs code/, bytes: Uint8Array.of(0x80, 0x04, 0x95, 0x0a, 0, 0, 0, 0, 0, 0, 0) },
  { what: /JSON/, hint: /config/, bytes: config },
];

describe("other programs' files are refused by name", () => {
  for (const { what, hint, bytes } of FOREIGN) {
    test(`${what.source}, ${bytes.length} bytes`, async () => {
      const body = (await refusalOf(bytes)).toJSON();
      assert.equal(body.code, 'MODEL_UNRECOGNISED');
      assert.match(body.received!, what);
      assert.match(body.hint!, hint);
      assert.match(body.expected!, /\.h5/);
    });
  }

  test('an ONNX graph, which needs no conversion', async () => {
    const { onnx } = await convertKeras(whole);
    assert.match((await refusalOf(onnx)).toJSON().received!, /an ONNX model/);
  });

  test('the folder of a SavedModel', () => {
    const { code, received, hint } = savedModelFolder('/my/model').toJSON();
    assert.equal(code, 'MODEL_UNRECOGNISED');
    assert.match(received!, /SavedModel \(\/my\/model\)/);
    assert.match(hint!, /load_model/);
  });
});
