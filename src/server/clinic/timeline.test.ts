import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Said, testRoom } from '../../../test/room.ts';

let room: Awaited<ReturnType<typeof testRoom>>;
before(async () => {
  room = await testRoom();
});
after(() => room.close());

const negative: Said = { result: 'negative', level: 'none' };
const severe: Said = { result: 'positive', level: 'severe' };
const grade = (result: string, level: string | null) => ({ result, level });
const sign = (visit: string, grades: object, decision = 'changed') =>
  room.ask('POST', `/visits/${visit}/reviews`, { payload: { decision, grades } });
const patientOf = async (identifier: string) => {
  const { body } = await room.ask('GET', `/patients?search=${identifier}`);
  return (await room.ask('GET', `/patients/${body.patients[0].id}`)).body;
};

describe('what has changed since the last visit', () => {
  test('is by what readers signed, and where nobody signed by what the models said', async () => {
    const before = await room.visit('T1', '2025-01-31', severe);
    await room.visit('T1', '2026-01-31', severe);
    const [now] = (await patientOf('T1')).visits;
    assert.deepEqual(now.change, [
      { eye: 'OD', before: 'severe', now: 'severe', direction: 'same' },
      { eye: 'OS', before: 'severe', now: 'severe', direction: 'same' },
    ]);
    await sign(before.visit, { OD: grade('negative', 'mild'), OS: grade('ungradable', null) });
    const { visits } = await patientOf('T1');
    assert.deepEqual(visits[1].grades, [
      { eye: 'OD', result: 'negative', level: 'mild', by: 'reader' },
      { eye: 'OS', result: 'ungradable', level: null, by: 'reader' },
    ]);
    assert.deepEqual(visits[0].change, [
      { eye: 'OD', before: 'mild', now: 'severe', direction: 'worse' },
      { eye: 'OS', before: null, now: 'severe', direction: 'unknown' },
    ]);
    assert.equal(visits[0].grades[0].by, 'models');
  });

  test('is told where a reader gave no level, and a retake takes no grade back', async () => {
    const before = await room.visit('T2', '2025-01-31', negative);
    await sign(before.visit, { OD: grade('positive', null), OS: grade('negative', 'none') });
    await sign(before.visit, {}, 'retake');
    await room.visit('T2', '2026-01-31', negative);
    assert.deepEqual((await patientOf('T2')).visits[0].change, [
      { eye: 'OD', before: null, now: 'none', direction: 'better' },
      { eye: 'OS', before: 'none', now: 'none', direction: 'same' },
    ]);
  });

  test('is nothing against no visit', async () => {
    await room.visit('T3', '2026-01-31', negative);
    const { change } = (await patientOf('T3')).visits[0];
    assert.deepEqual(
      change.map(({ direction }: { direction: string }) => direction),
      ['unknown', 'unknown'],
    );
  });
});

describe('an image of another patient', () => {
  test('is moved: the signed visits that it leaves and comes to are open again, an empty one is gone', async () => {
    const [from, to] = [
      await room.visit('U1', '2026-01-31', negative),
      await room.visit('U2', '2026-01-31', negative),
    ];
    const both = { OD: grade('negative', 'none'), OS: grade('negative', 'none') };
    for (const { visit } of [from, to]) await sign(visit, both, 'confirmed');
    const move = (image: string, payload: object) => room.ask('PATCH', `/images/${image}`, { payload });
    assert.equal((await move(from.images[0]!, { patient: 'U2', eye: 'OS' })).body.eye, 'OS');
    for (const { visit } of [from, to]) {
      const { body } = await room.ask('GET', `/visits/${visit}`);
      assert.deepEqual([body.state, body.reviews.length, body.signedResult], ['open', 1, 'negative']);
    }
    await move(from.images[1]!, { patient: 'U2' });
    assert.deepEqual((await patientOf('U1')).visits, []);
    assert.equal((await room.ask('GET', '/worklist?search=U1')).body.total, 0);
    assert.equal((await room.ask('GET', `/visits/${from.visit}`)).body.reviews.length, 1);
    const { body } = await room.ask('GET', '/audit?search=image.move');
    assert.deepEqual(
      body.entries.map(({ detail }: { detail: { emptied?: string } }) => detail.emptied),
      [from.visit, undefined],
    );
    const gone = '01890000-0000-7000-8000-000000000001';
    assert.equal((await move(gone, { eye: 'OD' })).code, 'NOT_FOUND');
  });
});

test('a patient’s corrections stand in the audit with what was known before', async () => {
  await room.visit('V1', '2026-01-31', negative);
  const { id } = await patientOf('V1');
  await room.ask('PATCH', `/patients/${id}`, { payload: { identifier: 'V9', name: 'Ada' } });
  const { body } = await room.ask('GET', '/audit?search=patient.change');
  assert.deepEqual(body.entries[0].detail, {
    from: { identifier: 'V1', name: null },
    to: { identifier: 'V9', name: 'Ada' },
  });
});
