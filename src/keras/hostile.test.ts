import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { mutants } from '../../test/mutants.ts';
import { FoveaError } from '../core/errors.ts';
import { convertKeras } from './index.ts';

/** Files made to do harm, and what must be said of each: training/hostile_fixtures.py. */
const packed = unzipSync(readFileSync(new URL('fixtures/hostile.zip', import.meta.url)));
const expected: Record<string, string | null> = JSON.parse(strFromU8(packed['expected.json']!));

/** Milliseconds that any one file may take. */
const LIMIT = 5000;

/** The code with which a file is refused, or null for one that converts; any other end is a failure. */
async function outcome(bytes: Uint8Array): Promise<string | null> {
  const start = performance.now();
  try {
    await convertKeras(bytes);
    return null;
  } catch (refusal) {
    assert.ok(refusal instanceof FoveaError, String(refusal));
    return refusal.code;
  } finally {
    const took = performance.now() - start;
    assert.ok(took < LIMIT, `took ${took.toFixed()} ms`);
  }
}

describe('files made to do harm', () => {
  for (const [name, code] of Object.entries(expected)) {
    test(`${name}: ${code ?? 'odd, and converts'}`, async () => {
      assert.equal(await outcome(packed[name]!), code);
    });
  }
});

/** As many as stay under ten seconds; bench/fuzz-keras.ts makes more. */
const COUNT = 300;

test(`${COUNT} damaged files are refused or convert, and nothing else`, async () => {
  const whole = ['whole.h5', 'whole.keras', 'packed.keras', 'bfloat16.h5'].map((name) => packed[name]!);
  let refused = 0;
  for (const { bytes } of mutants(whole, COUNT, 1)) if ((await outcome(bytes)) !== null) refused++;
  assert.ok(refused > COUNT / 3, `only ${refused} were refused: the damage does not reach what is read`);
});
