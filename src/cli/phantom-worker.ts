import { parentPort } from 'node:worker_threads';
import { type PhantomJob, writePhantom } from './phantom-job.ts';

/** A thread that draws phantoms, one at a time: job in, truth or failure out. */
parentPort!.on('message', async (job: PhantomJob) => {
  try {
    parentPort!.postMessage({ truth: await writePhantom(job) });
  } catch (thrown) {
    parentPort!.postMessage({ failure: String(thrown instanceof Error ? thrown.stack : thrown) });
  }
});
