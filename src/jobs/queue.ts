import { type Job as BossJob, fromKysely, PgBoss } from 'pg-boss';
import type { Database, Enqueue, Store } from '../store/index.ts';

/** What is done with an image: its reading by the models at hand, and what their answers rest on. */
export type Kind = 'read' | 'explain';

export interface Job {
  readonly kind: Kind;
  readonly imageId: string;
}

/** A job as it is stored; those of before there were kinds are to be read. */
type StoredJob = Omit<Job, 'kind'> & Partial<Pick<Job, 'kind'>>;

/** A report that is to be made, by the id that it will have: none is kept twice, however often its job is done. */
export interface ReportJob {
  readonly id: string;
  readonly visitId: string;
  readonly language: string;
  readonly format: string;
  /** Who asked for it. */
  readonly createdBy: string;
}

/** A job that failed for good. */
export interface FailedJob {
  readonly id: string;
  readonly kind: Kind | 'report';
  /** Null of a report. */
  readonly imageId: string | null;
  /** Of a report; null of what is done with an image. */
  readonly visitId: string | null;
  readonly reason: string;
  readonly at: string;
}

export interface QueueCounts {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** The work that is to be done, in the database: it outlives whoever does it. */
export interface Queue {
  /** Asks for images to be read, as part of the transaction that made them. */
  enqueue(db: Database, imageIds: readonly string[], priority?: number): ReturnType<Enqueue>;
  /** Asks for the answers of images to be explained, after all that is to be read. */
  explain(db: Database, imageIds: readonly string[]): Promise<void>;
  /** Does the work as it comes, until the queue is closed. */
  work(act: (job: Job) => Promise<void>): Promise<void>;
  /** Asks for a report. */
  order(report: ReportJob): Promise<void>;
  /** Makes reports as they are asked for, one after the other. */
  workReports(make: (report: ReportJob) => Promise<void>): Promise<void>;
  /** Of images and of reports, as they were a few seconds ago. */
  counts(): Promise<QueueCounts[]>;
  /** Whether workers have anything to do now; what a killed one had begun is to be done again. */
  hasWork(): Promise<boolean>;
  failures(): Promise<FailedJob[]>;
  /** One that failed; undefined where there is none. */
  failure(id: string): Promise<FailedJob | undefined>;
  /** Has what failed tried again, all of it or one; how many. */
  retryFailed(id?: string): Promise<number>;
  /** Gives one that failed up: it is tried no more. */
  discardFailed({ id, kind }: Pick<FailedJob, 'id' | 'kind'>): Promise<void>;
  /** Processes that work at present. */
  workers(): Promise<number>;
  close(): Promise<void>;
}

const READ = 'read';
const REPORT = 'report';
const QUEUES = [READ, REPORT] as const;
/** Where jobs go that failed for good. */
const failedOf = (queue: string) => `${queue}-failed`;
const WORKER = 'worker';
/** Hands of a worker: one decodes while the other is in the network, or asks for more. */
const HANDS = 2;
/** Images that a hand takes at once, and reads one after the other. */
const HANDFUL = 4;

/** Ten years: what waits, and what failed, goes when somebody says so. */
const KEPT_S = 10 * 365 * 24 * 3600;

/** Of what failed, moved at once. */
const MOVED = 1000;
/** Of what failed in a queue, listed. */
const MOST_SHOWN = 500;

/** Before a single picture that somebody waits for, those of a batch stand back. */
export const SOON = 10;
/** After all that is to be read. */
const LATER = -10;

/**
 * @param isWorker whether it will do work: it then hears of new work at once
 */
export async function openQueue(
  { url }: Pick<Store, 'url'>,
  { name, isWorker }: { readonly name: string; readonly isWorker: boolean },
): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: name.slice(0, 63),
    instanceName: isWorker ? WORKER : 'server',
    max: 4,
    useListenNotify: isWorker,
    instanceHeartbeatSeconds: 5,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    schedule: false,
  });
  // A database that is away for a while is asked again by itself.
  boss.on('error', () => {});
  try {
    await boss.start();
    for (const queue of QUEUES) {
      await boss.createQueue(failedOf(queue), { retentionSeconds: KEPT_S });
      await boss.createQueue(queue, {
        retentionSeconds: KEPT_S,
        deadLetter: failedOf(queue),
        notify: true,
        retryLimit: 3,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 30,
        expireInSeconds: 300,
        // A worker that was killed does not say so: its work is given to another after this (the least there is).
        heartbeatSeconds: 10,
        deleteAfterSeconds: 3600,
      });
    }
  } catch (cause) {
    // Begun by half, its timers would keep the process alive for ever, doing nothing.
    await boss.stop({ graceful: false }).catch(() => {});
    throw cause;
  }
  let reporter: string | undefined;
  let isClosing = false;
  const insert = async (db: Database, kind: Kind, imageIds: readonly string[], priority: number) => {
    if (imageIds.length === 0) return;
    const jobs = imageIds.map((imageId) => ({ data: { kind, imageId } satisfies StoredJob, priority }));
    await boss.insert(READ, jobs, { db: fromKysely(db as never) });
  };
  const failed = async (which: { readonly id?: string; readonly limit?: number }): Promise<FailedJob[]> => {
    const all = await Promise.all(
      QUEUES.map(async (queue) => {
        const options = { queued: true, ...which };
        const jobs = await boss.findJobs<Partial<Job & ReportJob>>(failedOf(queue), options);
        return jobs.map(({ id, data, createdOn, sourceOutput }) => ({
          id,
          kind: data.kind ?? queue,
          imageId: data.imageId ?? null,
          visitId: data.visitId ?? null,
          reason: messageOf(sourceOutput),
          at: createdOn.toISOString(),
        }));
      }),
    );
    return all.flat();
  };
  /** What was not begun is asked for anew, before what else waits: without a result it would count as tried and failed. */
  const handOn = async (jobs: readonly BossJob<StoredJob>[]) => {
    const anew = jobs.map(({ data }) => ({ data, priority: data.kind === 'explain' ? LATER : SOON }));
    await boss.insert(READ, anew);
    return jobs.map(({ id }) => ({ id, status: 'completed' as const }));
  };
  return {
    enqueue: (db, imageIds, priority = 0) => insert(db, 'read', imageIds, priority),
    explain: (db, imageIds) => insert(db, 'explain', imageIds, LATER),
    work: async (act) => {
      const options = {
        localConcurrency: HANDS,
        batchSize: HANDFUL,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
        notifyPollingIntervalSeconds: 2,
        perJobResults: true as const,
      };
      await boss.work(READ, options, async (jobs: BossJob<StoredJob>[]) => {
        const results: { id: string; status: 'completed' | 'failed'; output?: object }[] = [];
        for (const [i, { id, data }] of jobs.entries()) {
          if (isClosing) return [...results, ...(await handOn(jobs.slice(i)))];
          await act({ kind: 'read', ...data }).then(
            () => results.push({ id, status: 'completed' }),
            (thrown: Error) => results.push({ id, status: 'failed', output: { message: thrown.message } }),
          );
        }
        return results;
      });
    },
    order: async (report) => {
      await boss.send(REPORT, report, { id: report.id });
      if (reporter !== undefined) boss.notifyWorker(reporter);
    },
    workReports: async (make) => {
      reporter = await boss.work(
        REPORT,
        { pollingIntervalSeconds: 5 },
        async ([job]: BossJob<ReportJob>[]) => {
          if (job) await make(job.data);
        },
      );
    },
    counts: () =>
      Promise.all(
        QUEUES.map(async (name) => {
          const [own] = await boss.getQueueStats(name, { force: true });
          const [failed] = await boss.getQueueStats(failedOf(name), { force: true });
          return {
            name,
            waiting: own?.queuedCount ?? 0,
            active: own?.activeCount ?? 0,
            failed: failed?.queuedCount ?? 0,
          };
        }),
      ),
    hasWork: async () => {
      // The counts may be of before the last server was killed.
      const { rows } = await boss
        .getDb()
        .executeSql(`select from pgboss.job where name = $1 and state <= 'active' limit 1`, [READ]);
      return rows.length > 0;
    },
    failures: () => failed({ limit: MOST_SHOWN }),
    failure: async (id) => (await failed({ id }))[0],
    retryFailed: async (id) => {
      let all = 0;
      for (const queue of QUEUES) {
        if (id !== undefined) all += await boss.redrive(failedOf(queue), { ids: [id] });
        else
          for (let some = MOVED; some === MOVED; all += some)
            some = await boss.redrive(failedOf(queue), { limit: MOVED });
      }
      return all;
    },
    discardFailed: async ({ id, kind }) => {
      await boss.deleteJob(failedOf(kind === 'report' ? REPORT : READ), id);
    },
    workers: async () =>
      (await boss.getInstances()).filter(({ name: kind, live }) => kind === WORKER && live).length,
    close: () => {
      isClosing = true;
      return boss.stop({ graceful: true, timeout: 20_000 });
    },
  };
}

/** `{ message }`, or of what pg-boss itself has ended `{ value: { message } }`. */
function messageOf(output: unknown): string {
  const { message, value } = (output ?? {}) as { message?: unknown; value?: { message?: unknown } };
  return String(message ?? value?.message ?? 'it failed');
}
