// Runs every test and ends with one line, `N passed, N failed`.
//   node scripts/test.mjs [FILE…]    only these files
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const named = process.argv.slice(2);
const files =
  named.length > 0 ? named : globSync('{src,test,bench,training}/**/*.test.ts', { cwd: root }).sort();

const counts = { passed: 0, failed: 0, skipped: 0 };
// Suites are counted by their tests; a file that cannot be loaded is a test that failed.
const count = (kind) => (event) => {
  if (event.details?.type === 'suite') return;
  counts[event.skip !== undefined || event.todo !== undefined ? 'skipped' : kind]++;
};

// They wait for a database or a page as often as they compute, so that two are faster even on two cores.
const concurrency = Math.max(2, availableParallelism() - 1);

run({ files: files.map((file) => `${root}${file}`), cwd: root, concurrency, timeout: 300_000 })
  .on('test:pass', count('passed'))
  .on('test:fail', count('failed'))
  .compose(new spec())
  .on('end', () => {
    const { passed, failed, skipped } = counts;
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
    // After the reporter's own output has been flushed.
    setImmediate(() =>
      console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`),
    );
  })
  .pipe(process.stdout);
