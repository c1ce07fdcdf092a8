import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { npyHead } from './npy.ts';

/** As numpy.lib.format.read_array_header_1_0 reads it. */
function read(bytes: Uint8Array) {
  const length = new DataView(bytes.buffer).getUint16(8, true);
  const text = new TextDecoder('latin1').decode(bytes.subarray(10, 10 + length));
  const [, descr, order, shape] =
    /^\{'descr': '(.+)', 'fortran_order': (\w+), 'shape': \((.*)\), \} *\n$/.exec(text)!;
  return { end: 10 + length, descr, order, shape };
}

test('the head is the one that numpy.save writes, but for its length', () => {
  const head = npyHead([3, 224, 320, 3], 'uint8');
  assert.deepEqual([...head.subarray(0, 8)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  assert.deepEqual(read(head), { end: head.length, descr: '|u1', order: 'False', shape: '3, 224, 320, 3' });
  assert.equal(read(npyHead([7], 'float32')).shape, '7,');
});

test('every shape gives a head of one length, a multiple of 64', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { maxLength: 6 }), (shape) => {
      const head = npyHead(shape, 'float32');
      assert.equal(head.length % 64, 0);
      assert.equal(head.length, npyHead([0], 'uint8').length);
      assert.equal(read(head).end, head.length);
    }),
  );
});

test('what is no shape is refused', () => {
  for (const shape of [[-1], [1.5], Array(7).fill(1)])
    assert.throws(() => npyHead(shape, 'uint8'), RangeError);
});
