import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { encodeJpeg } from '../src/image/index.ts';
import type { Queue, ReportJob } from '../src/jobs/index.ts';
import { Registry } from '../src/model/index.ts';
import { hashPassword, type Role } from '../src/people/index.ts';
import { buildApp } from '../src/server/app.ts';
import {
  createBatch,
  type Eye,
  type OutcomeResult,
  StoredPeople,
  saveReadings,
  type Taken,
  takeImages,
} from '../src/store/index.ts';
import { visitOf } from '../src/web/reading/fixtures/visit.ts';
import { testStore } from './store.ts';

const PASSWORD = 'seven green parrots';

/** What the models say of a visit: of each eye its level. */
export interface Said {
  readonly result: OutcomeResult;
  readonly level: string;
  readonly triage?: number;
  readonly eyes?: {
    readonly [eye in Eye]?: { readonly result: OutcomeResult; readonly level: string | null };
  };
}

/** Eight by eight pixels of one colour, no two alike. */
const pictureOf = (number: number) =>
  encodeJpeg({
    ...{ width: 8, height: 8, channels: 3 },
    data: new Uint8Array(8 * 8 * 3).map((_, i) => (i % 3 === 0 ? number : number * 16) % 256),
  });

let make: Parameters<Queue['workReports']>[0] = async () => {};
/** Nobody reads by it: readings are put into the store by hand. Reports are made at once. */
const queue = {
  enqueue: async () => {},
  order: async (report: ReportJob) => void make(report),
  workReports: async (maker: typeof make) => {
    make = maker;
  },
  counts: async () => [],
  failures: async () => [],
  retryFailed: async () => 0,
  workers: async () => 0,
} as unknown as Queue;

/**
 * A reading room without models, for the tests of one file: who comes in, and what the models are to have said.
 *
 * @param webFolder of the built page, where it is wanted
 */
export async function testRoom(webFolder?: string) {
  const store = await testStore();
  const { db } = store;
  const registry = new Registry({
    builtIn: join(store.folder, 'none'),
    user: join(store.folder, 'models'),
    cache: join(store.folder, 'cache'),
  });
  const app: FastifyInstance = await buildApp({
    registry,
    version: '9.9.9',
    webFolder: webFolder ?? join(store.folder, 'none'),
    store,
    queue,
    dataFolder: store.folder,
  });
  const people = new StoredPeople(db);
  const stored = hashPassword(PASSWORD);
  const batch = await createBatch(db, { name: 'camp', source: 'files', options: {}, createdBy: 'anna' });
  let files = 0;

  const ask = async (method: InjectOptions['method'], url: string, over: InjectOptions = {}) => {
    const answer = await app.inject({ method: method!, url: `/api${url}`, ...over });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    const body = isJson && answer.body ? answer.json() : answer.body;
    return { status: answer.statusCode, body, code: body?.error?.code as string | undefined, answer };
  };

  return {
    ...{ store, app, batch, ask },

    /** An account that is logged in. */
    enter: async (login: string, role: Role) => {
      await people.addUser({ login, name: `Dr ${login}`, role, password: await stored });
      const { answer } = await ask('POST', '/session', { payload: { login, password: PASSWORD } });
      return { fovea_session: answer.cookies.find(({ name }) => name === 'fovea_session')!.value };
    },

    /** Images of both eyes of a patient on a day; read at once where it is given what is said of them. */
    visit: async (patient: string, date: string, said?: Said, over: { camera?: string } = {}) => {
      const images: string[] = [];
      let visit = '';
      for (const eye of ['OD', 'OS'] as const) {
        const { sha256, bytes } = await store.blobs.put(await pictureOf(++files));
        const image = {
          ...{ sha256, bytes, fileName: `${files}.jpg`, patient: { identifier: patient }, date, eye },
          ...{ eyeSource: 'typed', camera: over.camera ?? null, operator: null, takenAt: null },
        };
        const [taken] = (await takeImages(db, batch, [image], async () => {})) as [Taken];
        images.push(taken.imageId);
        visit = taken.visitId;
      }
      if (said) for (const image of images) await read(image, said);
      return { visit, images };
    },
    read,
    close: async () => {
      await app.close();
      await registry.close();
      await store.close();
    },
  };

  /** A model has read an image, and its visit comes to this. */
  async function read(image: string, { result, level, triage = 0.5, eyes }: Said): Promise<void> {
    const [{ model, reading }] = visitOf('x').imageList[0]!.readings as never as [
      { model: { name: string; version: string; sha256: string }; reading: object },
    ];
    const outcome = {
      ...{ result, level, say: `${level} words`, next: 'refer now' },
      rule: { id: 'icdr-referable', version: '1', title: 'Referable' },
      eyes: (['OD', 'OS'] as const).map((eye) => ({
        ...{ eye, result, level, say: `${level} words`, next: 'refer now', imageId: null },
        ...eyes?.[eye],
      })),
    };
    await saveReadings(
      db,
      image,
      '9.9.9',
      {
        readings: [{ model, reading: { ...reading, predicted: [level] }, refusal: null }],
        facts: {
          ...{ width: 1, height: 1, modality: 'fundus', quality: 'good', qualityScore: 0.9, eye: null },
        },
      },
      async () => ({
        ...{ outcome, result, level, triage, quality: 'good' },
        basis: { rule: { id: 'icdr-referable', version: '1', sha256: 'ab' }, readings: [] },
      }),
    );
  }
}
