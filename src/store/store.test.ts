import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import {
  appendAudit,
  type Blinding,
  cancelBatch,
  changePatient,
  claimFolder,
  countVisits,
  createBatch,
  type Grades,
  listItems,
  listPatients,
  listVisits,
  moveImage,
  type NewImage,
  type NewReview,
  openStore,
  outcomesOf,
  readAudit,
  readBatch,
  readingsOf,
  readSetting,
  readVisit,
  removeView,
  resumeBatch,
  reviewsOf,
  type Signer,
  type Store,
  saveOutcome,
  saveReadings,
  saveView,
  signReview,
  type Taken,
  takeImages,
  verifyAudit,
  viewsOf,
  type WorkOut,
  writeSetting,
} from './index.ts';

let store: Awaited<ReturnType<typeof testStore>>;
before(async () => {
  store = await testStore();
});
after(() => store.close());

const code = (expected: string) => (thrown: unknown) => (thrown as { code?: string }).code === expected;
const bytes = (text: string) => Buffer.from(text);

/** An image of a patient P1, but for its bytes. */
const imageOf = (text: string, over: Partial<NewImage> = {}) => ({
  ...{ fileName: `${text}.jpg`, patient: { identifier: 'P1' }, date: '2026-01-31' },
  ...{ eye: null, eyeSource: null, camera: null, operator: null, takenAt: null },
  ...over,
});

/** Keeps some bytes as an image. */
async function take(
  { db, blobs }: Store,
  batch: string,
  text: string,
  over: Partial<NewImage> = {},
): Promise<Taken> {
  const { sha256, bytes: size } = await blobs.put(bytes(text));
  const image = { ...imageOf(text, over), sha256, bytes: size };
  return (await takeImages(db, batch, [image], async () => {}))[0]!;
}

const batchOf = ({ db }: Store) =>
  createBatch(db, { name: 'b', source: 'files', options: {}, createdBy: 'local' });

const outcomeOf =
  (result: 'negative' | 'positive', triage: number, rule = 'r1'): WorkOut =>
  async () => ({
    ...{ outcome: { result }, result, level: result, triage, quality: 'good' },
    basis: { rule: { id: 'rule', version: '1', sha256: rule }, readings: [] },
  });

const answer = (sha256: string) => ({
  ...{ model: { name: 'm', version: '1', sha256 }, reading: { p: 0.1 }, refusal: null },
});
const read = (imageId: string, result: 'negative' | 'positive', triage: number, sha = 'a') =>
  saveReadings(
    store.db,
    imageId,
    '0.0.0',
    {
      readings: [{ model: { name: 'm', version: '1', sha256: sha }, reading: { result }, refusal: null }],
      facts: { width: 1, height: 2, modality: 'fundus', quality: 'good', qualityScore: 0.9, eye: 'OS' },
    },
    outcomeOf(result, triage),
  );

const reader: Signer = { login: 'r', name: 'Reader', role: 'reader', mayOverrule: false };
const OPEN: Blinding = { blindedFirst: false, blindedSince: null };
const sign = (visitId: string, over: Partial<NewReview> = {}, by = reader, blinding = OPEN) =>
  signReview(
    store.db,
    visitId,
    by,
    {
      decision: 'confirmed',
      grades: { OS: { result: 'positive', level: 'moderate' } },
      comment: '',
      ...over,
    },
    blinding,
  );
const move = (imageId: string, to: Parameters<typeof moveImage>[2]) =>
  moveImage(store.db, imageId, to, { actor: 'anna', outcome: outcomeOf('negative', 0.1) });

describe('an image', () => {
  test('is taken once, however often and by whatever name its bytes come', async () => {
    const batch = await batchOf(store);
    const first = await take(store, batch, 'one');
    const again = await take(store, batch, 'one', { fileName: 'another name.jpg' });
    assert.deepEqual([first.state, again.state], ['taken', 'duplicate']);
    assert.equal(again.imageId, first.imageId);
    const { items } = await listItems(store.db, batch);
    assert.deepEqual(
      items.map(({ name, state }) => [name, state]),
      [
        ['one.jpg', 'waiting'],
        ['another name.jpg', 'duplicate'],
      ],
    );
  });

  test('of which ten hands bring the same bytes at one moment is one', async () => {
    const batch = await batchOf(store);
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, i) => take(store, batch, 'same', { fileName: `${i}` })),
    );
    assert.equal(taken.filter(({ state }) => state === 'taken').length, 1);
    assert.equal(new Set(taken.map(({ imageId }) => imageId)).size, 1);
  });

  test('of a group is taken as it would be alone', async () => {
    const batch = await batchOf(store);
    const known = await take(store, batch, 'known', { patient: { identifier: 'G1' } });
    const given: [content: string, name: string, patient: string, patientName?: string][] = [
      ['g1', 'b.jpg', 'G2'],
      ['g2', 'a.jpg', 'G1'],
      ['g1', 'the same bytes.jpg', 'G3'],
      ['known', 'long known.jpg', 'G3'],
      ['g3', 'a.jpg', 'G2', 'Zoë'],
      ['g4', 'c.jpg', 'G2'],
    ];
    const asked: string[][] = [];
    const taken = await takeImages(
      store.db,
      batch,
      await Promise.all(
        given.map(async ([content, fileName, identifier, name]) => ({
          ...imageOf(content, { fileName, patient: { identifier, ...(name && { name }) } }),
          ...(await store.blobs.put(bytes(content))),
        })),
      ),
      async (_, ids) => void asked.push([...ids]),
    );
    const [b, a, same, again, second, c] = taken as [Taken, Taken, Taken, Taken, Taken, Taken];
    assert.deepEqual(
      taken.map(({ state }) => state),
      ['taken', 'taken', 'duplicate', 'duplicate', 'taken', 'taken'],
    );
    assert.deepEqual([same.imageId, again.imageId], [b.imageId, known.imageId]);
    assert.deepEqual([b.visitId, b.visitId, known.visitId], [second.visitId, c.visitId, a.visitId]);
    assert.deepEqual(asked, [[b, a, second, c].map(({ imageId }) => imageId)], 'in the order of the files');
    const { items } = await listItems(store.db, batch);
    assert.deepEqual(
      items.map(({ name, imageId, patient }) => [name, imageId, patient]),
      [
        ['known.jpg', known.imageId, 'G1'],
        ['b.jpg', b.imageId, 'G2'],
        ['a.jpg', a.imageId, 'G1'],
        ['the same bytes.jpg', b.imageId, 'G2'],
        ['long known.jpg', known.imageId, 'G1'],
        ['c.jpg', c.imageId, 'G2'],
      ],
      'of two files of a name the first',
    );
    const { patients } = await listPatients(store.db, { search: 'G' });
    assert.deepEqual(
      patients.map(({ identifier, name }) => [identifier, name]),
      [
        ['G1', null],
        ['G2', 'Zoë'],
      ],
      'whose file was there already is no patient by it',
    );
  });

  test('of groups of other imports that come at one moment beside cancelling and going on is taken, and nobody waits for ever', async () => {
    const hands = Array.from({ length: 6 }, (_, hand) => hand);
    const taken = await Promise.all(
      hands.map(async (hand) => {
        const groups: Taken[] = [];
        for (let turn = 0; turn < 8; turn++) {
          const batch = await batchOf(store);
          const group = await Promise.all(
            Array.from({ length: 5 }, async (_, i) => {
              const patient = { identifier: `busy ${(hand % 2 === 0 ? i : 4 - i) % 5}` };
              const content = `busy ${hand} ${turn} ${i}`;
              return { ...imageOf(content, { patient }), ...(await store.blobs.put(bytes(content))) };
            }),
          );
          const items = await takeImages(store.db, batch, group, async () => {});
          await read(items[0]!.imageId, 'negative', 0.1);
          await cancelBatch(store.db, batch);
          // Given up, some are taken by another import.
          const again = await takeImages(store.db, await batchOf(store), group.toReversed(), async () => {});
          assert.deepEqual(
            again.map(({ state }) => state),
            ['taken', 'taken', 'taken', 'taken', 'duplicate'],
          );
          await resumeBatch(store.db, batch);
          groups.push(...items);
        }
        return groups;
      }),
    );
    assert.equal(new Set(taken.flat().map(({ visitId }) => visitId)).size, 5);
    const { patients } = await listPatients(store.db, { search: 'busy' });
    assert.equal(patients.length, 5);
  });

  test('of a patient whose name was cut within a letter is taken', async () => {
    const cut = `half ${'😀'.slice(0, 1)}`;
    const { state } = await take(store, await batchOf(store), 'cut', { patient: { identifier: cut } });
    assert.equal(state, 'taken');
  });

  test('of groups that come at one moment, each in another order, is one, and nobody waits for ever', async () => {
    const contents = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => ({
        ...imageOf(`crowd ${i}`, { patient: { identifier: `crowd ${i % 5}` } }),
        ...(await store.blobs.put(bytes(`crowd ${i}`))),
      })),
    );
    const groups = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const turned = [...contents.slice(i), ...contents.slice(0, i)];
        const group = i % 2 === 0 ? turned : turned.reverse();
        return takeImages(store.db, await batchOf(store), group, async () => {});
      }),
    );
    const taken = groups.flat();
    assert.equal(taken.filter(({ state }) => state === 'taken').length, 12);
    assert.equal(new Set(taken.map(({ imageId }) => imageId)).size, 12);
    assert.equal(new Set(taken.map(({ visitId }) => visitId)).size, 5);
  });

  test('is not there where what should be done with it fails', async () => {
    const batch = await batchOf(store);
    const { sha256, bytes: size } = await store.blobs.put(bytes('failing'));
    const image = { ...imageOf('f', { patient: { identifier: 'P9' } }), sha256, bytes: size };
    await assert.rejects(takeImages(store.db, batch, [image], () => Promise.reject(new Error('queue away'))));
    assert.equal((await listItems(store.db, batch)).total, 0);
    assert.equal((await listPatients(store.db, { search: 'P9' })).total, 0);
  });

  test('moves to another patient and day', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 'moved');
    await move(imageId, { patient: 'P2', date: '2026-02-01', eye: 'OD' });
    const [row] = await listVisits(store.db, { search: 'p2' });
    assert.deepEqual([row!.date, row!.eyes], ['2026-02-01', ['OD']]);
    assert.notEqual(row!.id, visitId);
    const { entries } = await readAudit(store.db, { search: 'image.move', limit: 1 });
    assert.deepEqual(entries[0]!.detail, {
      from: { eye: null, patient: 'P1', date: '2026-01-31', visit: visitId },
      to: { eye: 'OD', patient: 'P2', date: '2026-02-01', visit: row!.id },
      reopened: [],
    });
  });
});

describe('a reading', () => {
  test('is kept once for an image and model version, and makes the visit wait for a human', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 'read', { patient: { identifier: 'R1' } });
    await sql`insert into webhooks (url, events, secret) values ('https://clinic.example', '["visit.read"]', 's')`.execute(
      store.db,
    );
    await Promise.all([read(imageId, 'positive', 0.7), read(imageId, 'positive', 0.7)]);
    const told = await sql<{
      event: string;
      body: object;
    }>`select event, body from webhook_deliveries`.execute(store.db);
    assert.deepEqual(told.rows, [{ event: 'visit.read', body: { visitId } }]);
    const { n } = await store.db
      .selectFrom('readings')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('image_id', '=', imageId)
      .executeTakeFirstOrThrow();
    assert.equal(n, 1);
    const [row] = await listVisits(store.db, { search: 'R1' });
    assert.deepEqual([row!.id, row!.state, row!.result, row!.eyes], [visitId, 'open', 'positive', ['OS']]);
    assert.equal((await readBatch(store.db, batch)).read, 1);
  });

  test('cannot be changed or removed, and neither can what is signed or in the audit', async () => {
    for (const table of ['readings', 'reviews', 'reports', 'audit'])
      for (const statement of [
        `delete from ${table}`,
        `update ${table} set id = id`.replace(/id/g, table === 'audit' ? 'seq' : 'id'),
      ])
        await assert.rejects(sql.raw(statement).execute(store.db), /append-only/);
  });
});

describe('an image that is moved', () => {
  const pair = async (patient: string) => {
    const batch = await batchOf(store);
    const [one, other] = [
      await take(store, batch, `${patient} 1`, { patient: { identifier: patient }, eye: 'OD' }),
      await take(store, batch, `${patient} 2`, { patient: { identifier: patient }, eye: 'OS' }),
    ];
    await read(one.imageId, 'negative', 0.1);
    await read(other.imageId, 'negative', 0.1);
    return { visitId: one.visitId, images: [one.imageId, other.imageId] as const };
  };
  const positive = { result: 'positive', level: 'moderate' } as const;
  const both = { grades: { OD: positive, OS: positive } };
  const stateOf = async (visitId: string) => (await readVisit(store.db, visitId)).state;

  test('opens a signed visit again, the one that it leaves and the one that it comes to; the reviews stand', async () => {
    const [from, to] = [await pair('M1'), await pair('M2')];
    const reviews = [await sign(from.visitId, both), await sign(to.visitId, both)];
    await move(from.images[0], { patient: 'M2' });
    assert.deepEqual([await stateOf(from.visitId), await stateOf(to.visitId)], ['open', 'open']);
    for (const [i, { visitId }] of [from, to].entries()) {
      assert.equal((await reviewsOf(store.db, visitId))[0]!.id, reviews[i]!.id);
      assert.equal((await readVisit(store.db, visitId)).signedResult, 'positive');
    }
    const { entries } = await readAudit(store.db, { search: 'image.move', limit: 1 });
    assert.deepEqual(
      (entries[0]!.detail as { reopened: string[] }).reopened.sort(),
      [from.visitId, to.visitId].sort(),
    );
  });

  test('to the other eye opens its signed visit again; where nothing changes nothing happens', async () => {
    const { visitId, images } = await pair('M3');
    await sign(visitId, both);
    const { total } = await readAudit(store.db);
    await move(images[0], { eye: 'OD', patient: 'M3' });
    assert.deepEqual([await stateOf(visitId), (await readAudit(store.db)).total], ['signed', total]);
    await move(images[0], { eye: 'OS' });
    assert.equal(await stateOf(visitId), 'open');
  });

  test('as the last one leaves no visit behind; one that comes back finds it with its reviews', async () => {
    const { visitId, images } = await pair('M4');
    const { id } = await sign(visitId, both);
    for (const image of images) await move(image, { patient: 'M5' });
    assert.deepEqual(await listVisits(store.db, { search: 'M4' }), []);
    const [patient] = (await listPatients(store.db, { search: 'M4' })).patients;
    assert.deepEqual([patient!.visits, patient!.lastVisit], [0, null]);
    const { entries } = await readAudit(store.db, { search: 'image.move', limit: 1 });
    assert.equal((entries[0]!.detail as { emptied: string }).emptied, visitId);
    await move(images[1], { patient: 'M4' });
    const [back] = await listVisits(store.db, { search: 'M4' });
    assert.deepEqual([back!.id, back!.state, back!.images], [visitId, 'open', 1]);
    assert.equal((await reviewsOf(store.db, visitId))[0]!.id, id);
  });

  test('while its reading is being kept has it at the visit that it comes to', async () => {
    const batch = await batchOf(store);
    const { imageId } = await take(store, batch, 'late', { patient: { identifier: 'M8' } });
    let reading: Promise<unknown> | undefined;
    await moveImage(
      store.db,
      imageId,
      { patient: 'M9' },
      {
        actor: 'anna',
        outcome: async (...asked) => {
          // Begun before the move is through, it waits for the image.
          reading ??= read(imageId, 'positive', 0.7);
          await sleep(200);
          return outcomeOf('negative', 0.1)(...asked);
        },
      },
    );
    await reading;
    const [visit] = await listVisits(store.db, { search: 'M9' });
    assert.deepEqual([visit!.state, visit!.result], ['open', 'positive']);
  });

  test('between two visits in both directions at one moment arrives', async () => {
    const [a, b] = [await pair('M6'), await pair('M7')];
    await Promise.all([move(a.images[0], { patient: 'M7' }), move(b.images[0], { patient: 'M6' })]);
    for (const { visitId } of [a, b]) assert.equal((await readVisit(store.db, visitId)).images, 2);
  });

  test('while many are moved and read at one moment makes nobody wait for ever', async () => {
    const images = (await Promise.all(['M10', 'M11', 'M12'].map(pair))).flatMap((visit) => visit.images);
    await Promise.all(
      Array.from({ length: 9 }, async (_, hand) => {
        for (let turn = 0; turn < 40; turn++) {
          const image = images[(hand * 7 + turn * 5) % images.length]!;
          if (hand < 3) await move(image, { patient: `M1${(hand + turn) % 3}` });
          else await read(image, 'positive', 0.5, `${hand} ${turn}`);
        }
      }),
    );
  });
});

describe('an outcome', () => {
  test('is kept with the rule and the readings that it came of, each time that it changes, and cannot be altered', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 'o1', { patient: { identifier: 'O1' } });
    await read(imageId, 'negative', 0.1);
    const again = (work: WorkOut) =>
      store.db.transaction().execute((trx) => saveOutcome(trx, { id: visitId, state: 'open' }, work));
    await again(outcomeOf('negative', 0.1));
    await again(outcomeOf('positive', 0.9, 'r2'));
    const [reading] = await readingsOf(store.db, [imageId]);
    await again(async (...of) => ({
      ...(await outcomeOf('positive', 0.9, 'r2')(...of)),
      basis: { rule: { id: 'rule', version: '1', sha256: 'r2' }, readings: [reading!.id] },
    }));
    const kept = await outcomesOf(store.db, visitId);
    assert.deepEqual(
      kept.map(({ rule, readings, outcome }) => [rule.sha256, readings, outcome]),
      [
        ['r2', [reading!.id], { result: 'positive' }],
        ['r2', [], { result: 'positive' }],
        ['r1', [], { result: 'negative' }],
      ],
    );
    const { id } = await sign(visitId);
    const { outcome_id } = await store.db
      .selectFrom('reviews')
      .select('outcome_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    assert.equal(outcome_id, kept[0]!.id);
    await assert.rejects(sql`update outcomes set rule_id = 'x'`.execute(store.db), /append-only/);
  });
});

describe('the worklist', () => {
  test('puts the worst first, in windows, and counts by state', async () => {
    const batch = await batchOf(store);
    for (const [i, triage] of [0.2, 0.9, 0.5].entries()) {
      const { imageId } = await take(store, batch, `w${i}`, {
        patient: { identifier: `W${i}`, name: 'Ada' },
      });
      await read(imageId, triage > 0.4 ? 'positive' : 'negative', triage);
    }
    await take(store, batch, 'w3', { patient: { identifier: 'W3', name: 'Ada' } });
    const names = async (filter = {}) =>
      (await listVisits(store.db, { search: 'ADA', ...filter })).map(({ patient }) => patient.identifier);
    assert.deepEqual(await names(), ['W1', 'W2', 'W0', 'W3']);
    assert.deepEqual(await names({ offset: 1, limit: 2 }), ['W2', 'W0']);
    assert.deepEqual(await names({ result: 'positive' }), ['W1', 'W2']);
    assert.deepEqual(await names({ state: 'waiting' }), ['W3']);
    assert.deepEqual(await names({ batch }), ['W1', 'W2', 'W0', 'W3']);
    assert.deepEqual(await countVisits(store.db, { search: 'ada', state: 'open' }), {
      waiting: 1,
      open: 3,
      signed: 0,
      retake: 0,
    });
  });

  test('tells nothing of answers that are held back: neither by its order nor by its filter', async () => {
    const names = async (filter = {}) =>
      (await listVisits(store.db, { search: 'ADA', blindedFirst: true, ...filter })).map(
        ({ patient }) => patient.identifier,
      );
    assert.deepEqual(await names(), ['W0', 'W1', 'W2', 'W3']);
    assert.deepEqual(await names({ result: 'positive' }), []);
    const [urgent] = await listVisits(store.db, { search: 'W2' });
    await sign(urgent!.id);
    assert.deepEqual(await names(), ['W2', 'W0', 'W1', 'W3']);
    assert.deepEqual(await names({ result: 'positive' }), ['W2']);
    const { signed, open } = await countVisits(store.db, {
      ...{ search: 'ada', result: 'positive', blindedFirst: true },
    });
    assert.deepEqual([signed, open], [1, 0]);
  });

  test('takes what is searched for as text, whatever it says', async () => {
    for (const search of ["'; drop table patients; --", '%', '_', '\\', '$1'])
      assert.deepEqual(await listVisits(store.db, { search }), []);
    assert.ok((await listPatients(store.db, {})).total > 0);
  });
});

describe('a review', () => {
  test('is signed once the models are done, and says whether the human agreed', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 's1', { patient: { identifier: 'S1' } });
    await assert.rejects(sign(visitId), code('NOT_WAITING'));
    await read(imageId, 'negative', 0.1);
    const review = await sign(visitId, { after: null });
    assert.deepEqual([review.agreed, review.reader], [false, 'Reader']);
    const [row] = await listVisits(store.db, { search: 'S1' });
    assert.deepEqual([row!.state, row!.signedResult], ['signed', 'positive']);
  });

  test('changed what the models said where a grade differs that was in sight, whatever the sender calls it', async () => {
    const moderate = { result: 'positive', level: 'moderate' } as const;
    const work: WorkOut = async (...asked) => ({
      ...(await outcomeOf('positive', 0.9)(...asked)),
      outcome: { eyes: [{ eye: 'OD', ...moderate }] },
    });
    const { imageId, visitId } = await take(store, await batchOf(store), 's0', {
      patient: { identifier: 'S0' },
    });
    await saveReadings(store.db, imageId, '0', { readings: [answer('a')], facts: undefined }, work);
    const decided = async (
      grade: NonNullable<Grades['OD']>,
      over: Partial<NewReview> = {},
      blinding = OPEN,
    ) => (await sign(visitId, { grades: { OD: grade }, ...over }, reader, blinding)).decision;
    const blinding = { blindedFirst: true, blindedSince: null };
    assert.equal(await decided({ ...moderate, level: 'severe' }, {}, blinding), 'confirmed');
    assert.equal(await decided(moderate, { decision: 'changed' }), 'confirmed');
    assert.equal(await decided({ ...moderate, level: 'severe' }), 'changed');
    assert.equal(await decided({ result: 'ungradable', level: null }), 'changed');
    assert.equal(await decided(moderate, { decision: 'retake' }), 'retake');
  });

  test('is of every eye that there are images of, and of no other', async () => {
    const batch = await batchOf(store);
    const taken = ['OD', 'OS'].map((eye) =>
      take(store, batch, `eyes ${eye}`, { patient: { identifier: 'S9' }, eye: eye as 'OD' }),
    );
    const [{ imageId, visitId }, other] = [await taken[0]!, await taken[1]!];
    await read(imageId, 'negative', 0.1);
    await read(other.imageId, 'negative', 0.1);
    const negative = { result: 'negative', level: null } as const;
    const refused = { code: 'REVIEW_INVALID' };
    await assert.rejects(sign(visitId, { grades: {} }), refused);
    await assert.rejects(sign(visitId, { grades: { OS: negative } }), refused);
    await sign(visitId, { grades: { OD: negative, OS: negative } });
    const one = await take(store, batch, 'one eye', { patient: { identifier: 'S10' }, eye: 'OD' });
    await read(one.imageId, 'negative', 0.1);
    await assert.rejects(sign(one.visitId, { grades: { OD: negative, OS: negative } }), refused);
    await sign(one.visitId, { decision: 'retake', grades: {} });
  });

  test('of somebody who has not seen the last one is refused', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 's2', { patient: { identifier: 'S2' } });
    await read(imageId, 'negative', 0.1);
    const signed = await Promise.allSettled([1, 2, 3].map(() => sign(visitId, { after: null })));
    assert.equal(signed.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const one of signed) if (one.status === 'rejected') assert.equal(one.reason.code, 'REVIEW_OUTDATED');
  });

  test('signed after the clock was set back is still the last', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 's4', { patient: { identifier: 'S4' } });
    await read(imageId, 'negative', 0.1);
    // As one signed while the clock was ahead: its id and its moment are of the year 2100.
    await sql`insert into reviews (id, visit_id, number, reader, role, decision, grades, comment, blinded, signed_at)
      values ('03bb2cc3-d800-7000-8000-000000000000', ${visitId}, 1, 'A', 'reader', 'retake', '{}', '', false, '2100-01-01')`.execute(
      store.db,
    );
    const [ahead] = await reviewsOf(store.db, visitId);
    const { id } = await sign(visitId, { after: ahead!.id }, { ...reader, mayOverrule: true });
    assert.deepEqual(
      (await reviewsOf(store.db, visitId)).map((review) => review.id),
      [id, ahead!.id],
    );
  });

  test('is amended by who signed it; over another’s only a senior signs', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 's5', { patient: { identifier: 'S5' } });
    await read(imageId, 'negative', 0.1);
    const ben: Signer = { login: 'ben', name: 'Reader', role: 'reader', mayOverrule: false };
    const cleo: Signer = { login: 'cleo', name: 'Cleo', role: 'senior', mayOverrule: true };
    await sign(visitId);
    await sign(visitId, { comment: 'on second thoughts' });
    await assert.rejects(sign(visitId, {}, ben), code('FORBIDDEN'));
    await sign(visitId, { decision: 'retake' }, cleo);
    await assert.rejects(sign(visitId), code('FORBIDDEN'));
    // What came since nobody has signed.
    const more = await take(store, batch, 's5 again', { patient: { identifier: 'S5' } });
    await read(more.imageId, 'negative', 0.1);
    assert.equal((await sign(visitId, {}, ben)).login, 'ben');
  });

  test('is blinded where no answer was to be seen until then, whatever anybody says', async () => {
    const batch = await batchOf(store);
    const held = (since: string | null = null) => ({ blindedFirst: true, blindedSince: since });
    const fresh = async (name: string) => {
      const { imageId, visitId } = await take(store, batch, name, { patient: { identifier: name } });
      await read(imageId, 'negative', 0.1);
      return visitId;
    };
    const visit = await fresh('S6');
    const retake = await sign(visit, { decision: 'retake' }, reader, held());
    assert.deepEqual([retake.blinded, retake.agreed], [true, null]);
    assert.equal((await sign(visit, {}, reader, held())).blinded, true);
    assert.equal((await sign(visit, {}, reader, held())).blinded, false);
    assert.equal((await sign(await fresh('S7'))).blinded, false);
    const seen = await fresh('S8');
    const later = new Date(Date.now() + 60_000).toISOString();
    assert.equal((await sign(seen, {}, reader, held(later))).blinded, false);
  });

  test('without a grade is refused, unless new images are asked for', async () => {
    const batch = await batchOf(store);
    const { imageId, visitId } = await take(store, batch, 's3', { patient: { identifier: 'S3' } });
    await read(imageId, 'negative', 0.1);
    await assert.rejects(sign(visitId, { grades: {} }), code('REVIEW_INVALID'));
    await sign(visitId, { grades: {}, decision: 'retake' });
    assert.equal((await listVisits(store.db, { search: 'S3' }))[0]!.state, 'retake');
  });
});

describe('the audit', () => {
  test('is one chain, however many write at it', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        appendAudit(store.db, { actor: 'a', action: 'test', subject: `${i}`, detail: { ü: i } }),
      ),
    );
    const verdict = await verifyAudit(store.db);
    assert.equal(verdict.intact, true);
    assert.equal(verdict.entries, (await readAudit(store.db)).total);
    assert.equal(verdict.head, (await readAudit(store.db)).entries[0]!.hash);
  });

  test('goes on by its own order where the clock is set back', async () => {
    await appendAudit(store.db, { actor: 'a', action: 'test', subject: 'x' }, new Date('2001-01-01'));
    assert.equal((await verifyAudit(store.db)).intact, true);
  });

  test('tells where somebody changed an entry behind its back', async () => {
    const { total } = await readAudit(store.db);
    await sql`alter table audit disable trigger all`.execute(store.db);
    const victim = total - 3;
    const { detail } = await store.db
      .selectFrom('audit')
      .select('detail')
      .where('seq', '=', victim)
      .executeTakeFirstOrThrow();
    for (const [text, broken] of [
      ['{"other":true}', victim],
      [detail, null],
    ] as const) {
      await store.db.updateTable('audit').set({ detail: text }).where('seq', '=', victim).execute();
      assert.equal((await verifyAudit(store.db)).brokenAt, broken);
    }
    await sql`alter table audit enable trigger all`.execute(store.db);
  });
});

describe('patients and settings', () => {
  test('of two patients none gets the other’s number', async () => {
    const batch = await batchOf(store);
    await take(store, batch, 'n1', { patient: { identifier: 'N1' } });
    await take(store, batch, 'n2', { patient: { identifier: 'N2' } });
    const { patients } = await listPatients(store.db, { search: 'n1' });
    const { id } = patients[0]!;
    await assert.rejects(changePatient(store.db, id, { identifier: 'N2' }, 'anna'), code('NOT_WAITING'));
    const change = { name: 'Grace', birthDate: '1906-12-09', identifier: 'N1' };
    assert.equal((await changePatient(store.db, id, change, 'anna')).name, 'Grace');
    await changePatient(store.db, id, { name: 'Grace H.', identifier: 'N9' }, 'ben');
    const { entries } = await readAudit(store.db, { search: 'patient.change', limit: 2 });
    assert.deepEqual(
      entries.map(({ actor, subject, detail }) => [actor, subject, detail]),
      [
        [
          'ben',
          `patient ${id}`,
          { from: { identifier: 'N1', name: 'Grace' }, to: { identifier: 'N9', name: 'Grace H.' } },
        ],
        [
          'anna',
          `patient ${id}`,
          { from: { name: null, birthDate: null }, to: { name: 'Grace', birthDate: '1906-12-09' } },
        ],
      ],
    );
  });

  test('views are each person’s own, one of a name', async () => {
    await saveView(store.db, 'anna', { name: 'mine', query: 'state=all' });
    await saveView(store.db, 'anna', { name: 'mine', query: 'result=positive' });
    await saveView(store.db, 'ben', { name: 'mine', query: '' });
    assert.deepEqual(await viewsOf(store.db, 'anna'), [{ name: 'mine', query: 'result=positive' }]);
    await removeView(store.db, 'anna', 'mine');
    assert.deepEqual([await viewsOf(store.db, 'anna'), (await viewsOf(store.db, 'ben')).length], [[], 1]);
  });

  test('are kept', async () => {
    assert.equal(await readSetting(store.db, 'x'), undefined);
    await writeSetting(store.db, 'x', { a: 1 });
    await writeSetting(store.db, 'x', [2]);
    assert.deepEqual(await readSetting(store.db, 'x'), [2]);
  });
});

describe('a data folder', () => {
  test('has one server; a second one is told whose it is', async () => {
    const release = await claimFolder(store, 'http://127.0.0.1:1 (process 7)');
    await assert.rejects(claimFolder(store, 'other'), /127\.0\.0\.1:1 \(process 7\)/);
    await release();
    await (await claimFolder(store, 'other'))();
  });

  test('is the same after it was closed, and its database is stopped', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'fovea-store-'));
    let again = await openStore({ dataFolder });
    await take(again, await batchOf(again), 'kept');
    // Another process on the same folder joins the same database.
    const other = await openStore({ dataFolder });
    assert.equal(other.url, again.url);
    await again.close();
    assert.equal((await listPatients(other.db, {})).total, 1);
    await other.close();
    await assert.rejects(
      openStore({ dataFolder: '/', databaseUrl: other.url }),
      code('DATABASE_UNAVAILABLE'),
    );
    again = await openStore({ dataFolder });
    assert.equal((await listPatients(again.db, {})).total, 1);
    await again.close();
    await rm(dataFolder, { recursive: true });
  });

  test('hears what another connection tells, and its database comes back when it is killed', async () => {
    const heard: string[] = [];
    await store.listen((message) => heard.push(message));
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(store.db);
    assert.ok(rows[0]!.pid > 0);
    const { readFile } = await import('node:fs/promises');
    const pid = Number(
      (await readFile(join(store.folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0],
    );
    process.kill(pid, 'SIGKILL');
    const until = Date.now() + 30_000;
    for (;;) {
      try {
        await listPatients(store.db, {});
        if (heard.length > 0) break;
        await batchOf(store).then((id) => take(store, id, 'after'));
      } catch (cause) {
        if (Date.now() > until) throw cause;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    assert.equal((await verifyAudit(store.db)).intact, true);
  });
});
