import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Dial, dialled, dialOf, isPlain, PLAIN, type Tone, toneTable } from './tone.ts';

const identity = Uint8Array.from({ length: 256 }, (_, i) => i);
const dials = fc.constantFrom<Dial>('brightness', 'contrast', 'gamma');
const positions = fc.integer({ min: -100, max: 100 });
const tones: fc.Arbitrary<Tone> = fc
  .tuple(positions, positions, positions)
  .map(([b, c, g]) => dialled(dialled(dialled(PLAIN, 'brightness', b), 'contrast', c), 'gamma', g));

test('as it is, nothing changes', () => {
  assert.deepEqual(toneTable(PLAIN), identity);
  assert.ok(isPlain(dialled(PLAIN, 'gamma', 0)));
  assert.ok(!isPlain({ ...PLAIN, isRedFree: true }));
});

test('what was brighter is never darker, and in the negative never brighter', () => {
  fc.assert(
    fc.property(tones, fc.integer({ min: 0, max: 254 }), (tone, i) => {
      const table = toneTable(tone);
      const negative = toneTable({ ...tone, isInverted: true });
      assert.ok(table[i + 1]! >= table[i]!);
      assert.ok(negative[i + 1]! <= negative[i]!);
      assert.ok(Math.abs(table[i]! + negative[i]! - 255) <= 1);
    }),
  );
});

test('each dial does what its name says', () => {
  const brighter = toneTable(dialled(PLAIN, 'brightness', 50));
  assert.equal(brighter[64], 128);
  const contrast = toneTable(dialled(PLAIN, 'contrast', 50));
  for (const i of [80, 127, 170]) assert.ok(Math.abs(contrast[i]! - (2 * i - 127.5)) <= 0.5);
  const gamma = toneTable(dialled(PLAIN, 'gamma', 50));
  assert.deepEqual([gamma[0], gamma[64], gamma[255]], [0, 128, 255]);
});

test('a dial is read where it was turned to, and goes no further than its ends', () => {
  fc.assert(
    fc.property(dials, positions, (dial, position) => {
      assert.equal(dialOf(dialled(PLAIN, dial, position), dial), position);
    }),
  );
  assert.equal(dialOf(dialled(PLAIN, 'contrast', 900), 'contrast'), 100);
});
