import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Said, testRoom } from '../../../test/room.ts';
import { measurePerformance } from './performance.ts';

/** Words and a figure that stand nowhere but in the models' answer. */
const SECRET: Said = { result: 'positive', level: 'secretlevel', triage: 0.8765 };
const TELLS = /secretlevel|0\.8765|Severe NPDR|"result":"positive"|,positive,/;

let room: Awaited<ReturnType<typeof testRoom>>;
before(async () => {
  room = await testRoom();
  await setBlinded(true);
});
after(() => room.close());

const settings = {
  ...{ clinic: '', rule: 'icdr-referable', models: [], operatingPoint: 'balanced', template: {} },
  cameras: [],
};
const setBlinded = (blindedFirst: boolean) =>
  room.ask('PUT', '/settings', { payload: { ...settings, blindedFirst } });
const grades = { OD: { result: 'negative', level: 'none' }, OS: { result: 'negative', level: 'none' } };
const sign = (visit: string, payload: object = {}) =>
  room.ask('POST', `/visits/${visit}/reviews`, { payload: { decision: 'confirmed', grades, ...payload } });

/** What answers with something of a visit; `:batch` is the import that it came with. */
const ROUTES = [
  '/worklist',
  '/worklist?result=positive',
  '/visits/:visit',
  '/visits/:visit/outcomes',
  '/patients',
  '/patients/:patient',
  '/batches',
  '/batches/:batch',
  '/batches/:batch/items',
  '/batches/:batch/items?result=positive',
  '/batches/:batch/export?format=csv',
  '/batches/:batch/export?format=json',
  '/images/:image/evidence',
  '/performance',
  '/jobs',
] as const;
/** What knows of no visit, or only of its pixels and of what left the house after it was graded. */
const OTHERS =
  /^\/api\/(health|session|models|sample|audit|storage|backups|users|tokens|webhooks|uploads|views|settings|rules|events|docs|openapi|reports)|\/(picture|file)$/;

async function answersTo({ visit, images }: Awaited<ReturnType<typeof room.visit>>) {
  const { body } = await room.ask('GET', `/visits/${visit}`);
  const named = (route: string) =>
    route
      .replace(':visit', visit)
      .replace(':image', images[0]!)
      .replace(':patient', body.patient.id)
      .replace(':batch', room.batch);
  return Promise.all(
    ROUTES.map(async (route) => {
      const { answer } = await room.ask('GET', named(route));
      // The rule's own levels are no answer.
      return [route, answer.body.replace(/"levels":(\[.*?\]|\{.*?\})/g, '')] as const;
    }),
  );
}
const telling = async (made: Awaited<ReturnType<typeof room.visit>>) =>
  (await answersTo(made)).filter(([, text]) => TELLS.test(text)).map(([route]) => route);

describe('an answer that waits for a human’s', () => {
  test('is told by no route, and every route is asked', async () => {
    const { body } = await room.ask('GET', '/openapi.json');
    const routes = Object.entries(body.paths as Record<string, object>)
      .filter(([path, methods]) => 'get' in methods && !OTHERS.test(path))
      .map(([path]) => path.replace(/^\/api/, '').replace(/\{\w+\}/g, '*'));
    const asked = ROUTES.map((route) => route.replace(/\?.*/, '').replace(/:\w+/g, '*'));
    assert.deepEqual(
      routes.filter((route) => !asked.includes(route)),
      [],
    );
    assert.deepEqual(await telling(await room.visit('B1', '2026-01-31', SECRET)), []);
  });

  test('is told by none after a retake either, and by those that should once somebody has graded', async () => {
    const made = await room.visit('B2', '2026-01-31', SECRET);
    const { body: retake } = await sign(made.visit, { decision: 'retake' });
    assert.deepEqual([retake.blinded, retake.agreed], [true, null]);
    assert.deepEqual(await telling(made), []);
    const again = await room.visit('B2', '2026-01-31');
    assert.deepEqual(await telling(again), []);
    for (const image of again.images) await room.read(image, SECRET);
    assert.deepEqual(await telling(again), []);
    const { body: review } = await sign(made.visit);
    assert.deepEqual([review.blinded, review.agreed], [true, false]);
    assert.deepEqual(
      (await telling(again)).filter((route) => !/^.(images|performance)/.test(route)),
      [
        '/worklist',
        '/worklist?result=positive',
        '/visits/:visit',
        '/visits/:visit/outcomes',
        '/patients/:patient',
        '/batches/:batch/items',
        '/batches/:batch/items?result=positive',
        '/batches/:batch/export?format=csv',
        '/batches/:batch/export?format=json',
      ],
    );
    assert.equal((await sign(made.visit)).body.blinded, false);
  });

  test('is not told by what is corrected, nor by a report', async () => {
    const { visit, images } = await room.visit('B3', '2026-01-31', SECRET);
    const { answer } = await room.ask('PATCH', `/images/${images[0]}`, { payload: { eye: null } });
    assert.equal(answer.statusCode, 200);
    assert.doesNotMatch(answer.body, TELLS);
    for (const signed of [false, true]) {
      if (signed) await sign(visit, { decision: 'retake', grades: {} });
      const report = await room.ask('POST', `/visits/${visit}/reports`, { payload: { format: 'json' } });
      assert.equal(report.code, 'NOT_WAITING');
    }
  });

  test('orders no worklist: those visits come as they came in', async () => {
    await room.visit('C1', '2026-01-31', { ...SECRET, triage: 0.1 });
    await room.visit('C2', '2026-01-31', { ...SECRET, triage: 0.9 });
    const { body } = await room.ask('GET', '/worklist?search=C&sort=triage&state=open');
    assert.deepEqual(
      body.visits.map(({ patient }: { patient: { identifier: string } }) => patient.identifier),
      ['C1', 'C2'],
    );
  });

  test('counts in no week’s figures', async () => {
    const [{ visits, positive, meanTriage }] = (await measurePerformance(room.store.db)).weeks as never as [
      { visits: number; positive: number; meanTriage: number | null },
    ];
    assert.deepEqual([visits, positive], [1, 1]);
    assert.ok(Math.abs(meanTriage! - 0.8765) < 1e-6);
  });
});

describe('graded blind', () => {
  test('is no visit whose answer was to be seen before', async () => {
    await setBlinded(false);
    const seen = await room.visit('D1', '2026-01-31', SECRET);
    await setBlinded(true);
    assert.equal((await sign(seen.visit)).body.blinded, false);
    const fresh = await room.visit('D2', '2026-01-31', SECRET);
    // Set again as it is, it was set when it was set first.
    await setBlinded(true);
    assert.equal((await sign(fresh.visit)).body.blinded, true);
    const { body } = await room.ask('GET', '/settings');
    assert.ok(!('blindedSince' in body));
  });

  test('goes on where somebody else changes another setting', async () => {
    await setBlinded(true);
    const fresh = await room.visit('D3', '2026-01-31', SECRET);
    const { body } = await room.ask('PUT', '/settings', { payload: { clinic: 'Eye clinic' } });
    assert.deepEqual([body.clinic, body.blindedFirst, body.rule], ['Eye clinic', true, settings.rule]);
    assert.equal((await sign(fresh.visit)).body.blinded, true);
  });
});
