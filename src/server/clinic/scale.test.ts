import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testRoom } from '../../../test/room.ts';

let room: Awaited<ReturnType<typeof testRoom>>;
before(async () => {
  room = await testRoom();
});
after(() => room.close());

const settings = {
  ...{ clinic: '', rule: 'icdr-referable', models: [], operatingPoint: 'balanced', template: {} },
  blindedFirst: false,
};
const set = async (over: object) => {
  const { status } = await room.ask('PUT', '/settings', { payload: { ...settings, ...over } });
  return status;
};
const imageOf = async (visit: string) => (await room.ask('GET', `/visits/${visit}`)).body.imageList[0];
const scaleOf = async (visit: string) => (await imageOf(visit)).scale;
const SAID = { result: 'positive', level: 'severe' } as const;

test('an image tells its scale once the field of its camera is set, also while its answer is held back', async () => {
  const { visit } = await room.visit('S1', '2026-01-31', SAID, { camera: 'Topcon NW400' });
  assert.equal(await scaleOf(visit), null);
  assert.equal(await set({ cameras: [{ name: 'topcon nw400', degrees: 45 }], blindedFirst: true }), 200);
  const { readings, explained } = await imageOf(visit);
  assert.deepEqual([readings, explained], [[], null]);
  const { micrometresPerPixel, ...source } = await scaleOf(visit);
  assert.deepEqual(source, { camera: 'topcon nw400', degrees: 45 });
  // The lit field of the picture has a radius of 124 pixels.
  assert.ok(Math.abs(micrometresPerPixel - (45 * 276) / 248) < 1e-9);
  const { visit: other } = await room.visit('S2', '2026-01-31', SAID, { camera: 'Canon CR-2' });
  assert.equal(await scaleOf(other), null);
});

test('a camera has a name, and no field wider than an eye', async () => {
  assert.equal(await set({ cameras: [{ name: 'X', degrees: 400 }] }), 400);
  assert.equal(await set({ cameras: [{ name: '', degrees: 45 }] }), 400);
});
