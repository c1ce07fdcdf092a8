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

/** A job that failed for good. */
export interface FailedJob extends Job {
  readonly id: string;
  readonly reason: string;
  readonly at: string;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** The work that is to be done, in the database: it outlives whoever does it. */
export interface Queue {
  /** Asks for images to be read, as part of the transaction that made them; or explained, once nothing is left to be read. */
  enqueue(db: Database, imageIds: readonly string[], priority?: number, kind?: Kind): ReturnType<Enqueue>;
  /** Does the work as it comes; returns once nothing of it is under way any more. */
  work(act: (job: Job) => Promise<void>): Promise<void>;
  counts(): Promise<QueueCounts>;
  failures(): Promise<FailedJob[]>;
  /** Has what failed tried again, all of it or one; how many. */
  retryFailed(id?: string): Promise<number>;
  /** Gives one that failed up: it is tried no more, and its image stays unread; whether there was one. */
  discardFailed(id: string): Promise<boolean>;
  /** Processes that work at present. */
  workers(): Promise<number>;
  close(): Promise<void>;
}

const READ = 'read';
const FAILED = 'read-failed';
const WORKER = 'worker';
/** Hands of a worker: one decodes while the other is in the network, or asks for more. */
const HANDS = 2;
/** Images that a hand takes at once, and reads one after the other. */
const HANDFUL = 4;

/** Of what failed, moved at once. */
const MOVED = 1000;

/** Before a single picture that somebody waits for, those of a batch stand back. */
export const SOON = 10;
/** After all that is to be read. */
export const LATER = -10;

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
    await boss.createQueue(FAILED);
    await boss.createQueue(READ, {
      deadLetter: FAILED,
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
  } catch (cause) {
    // Begun by half, its timers would keep the process alive for ever, doing nothing.
    await boss.stop({ graceful: false }).catch(() => {});
    throw cause;
  }
  return {
    enqueue: async (db, imageIds, priority = 0, kind = 'read') => {
      await boss.insert(
        READ,
        imageIds.map((imageId) => ({ data: { kind, imageId } satisfies StoredJob, priority })),
        { db: fromKysely(db as never) },
      );
    },
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
        for (const { id, data } of jobs)
          await act(jobOf(data)).then(
            () => results.push({ id, status: 'completed' }),
            (thrown: Error) => results.push({ id, status: 'failed', output: { message: thrown.message } }),
          );
        return results;
      });
    },
    counts: async () => {
      const [read] = await boss.getQueueStats(READ, { force: true });
      const [failed] = await boss.getQueueStats(FAILED, { force: true });
      return {
        waiting: read?.queuedCount ?? 0,
        active: read?.activeCount ?? 0,
        failed: failed?.queuedCount ?? 0,
      };
    },
    failures: async () => {
      const jobs = await boss.findJobs<StoredJob>(FAILED, { queued: true, limit: 500 });
      return jobs.map(({ id, data, createdOn, sourceOutput }) => ({
        id,
        ...jobOf(data),
        reason: messageOf(sourceOutput),
        at: createdOn.toISOString(),
      }));
    },
    retryFailed: async (id) => {
      if (id !== undefined) return boss.redrive(FAILED, { ids: [id] });
      let all = 0;
      for (let some = MOVED; some === MOVED; all += some) some = await boss.redrive(FAILED, { limit: MOVED });
      return all;
    },
    discardFailed: async (id) => {
      const [job] = await boss.findJobs(FAILED, { id });
      if (job) await boss.deleteJob(FAILED, id);
      return job !== undefined;
    },
    workers: async () =>
      (await boss.getInstances()).filter(({ name: kind, live }) => kind === WORKER && live).length,
    close: () => boss.stop({ graceful: true, timeout: 20_000 }),
  };
}

const jobOf = ({ kind = 'read', imageId }: StoredJob): Job => ({ kind, imageId });

const messageOf = (output: unknown) =>
  typeof output === 'object' && output && 'message' in output ? String(output.message) : 'it failed';
