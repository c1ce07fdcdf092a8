import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** Room → rooms it may enter, besides itself. The order is the way of the data, read backwards. */
const MAY_ENTER: Record<string, readonly string[]> = {
  core: [],
  store: ['core'],
  people: ['core'],
  formats: ['core'],
  keras: ['formats', 'core'],
  image: ['core'],
  synth: ['core'],
  outcome: ['core'],
  evaluate: ['formats', 'core'],
  dataset: ['image', 'formats', 'core'],
  gradient: ['formats', 'core'],
  explain: ['gradient', 'formats', 'core'],
  model: ['keras', 'image', 'formats', 'core'],
  gate: ['model', 'image', 'core'],
  flows: ['evaluate', 'dataset', 'gate', 'outcome', 'explain', 'model', 'image', 'formats', 'core'],
  intake: ['image', 'formats', 'core'],
  report: ['core'],
  jobs: ['flows', 'store', 'intake', 'model', 'core'],
  server: [
    'people',
    'jobs',
    'store',
    'intake',
    'report',
    'formats',
    'flows',
    'gate',
    'model',
    'image',
    'synth',
    'core',
  ],
  cli: [
    'server',
    'people',
    'jobs',
    'store',
    'intake',
    'flows',
    'evaluate',
    'dataset',
    'gate',
    'outcome',
    'formats',
    'explain',
    'model',
    'keras',
    'image',
    'synth',
    'core',
  ],
};

/** The page sees the server through its contract alone; phantoms it draws by itself. */
const PAGE_MAY_IMPORT = [
  'server/contract.ts',
  'server/clinic-contract.ts',
  'server/people/contract.ts',
  'synth/index.ts',
  'formats/zip-writer.ts',
  'image/png-text.ts',
  'image/region.ts',
  'image/sniff.ts',
  'intake/litter.ts',
  'core/turns.ts',
  'evaluate/decision.ts',
];

/** What has one owner: pattern of the import or expression → files that may hold it. */
const OWNERS: readonly { what: string; pattern: RegExp; owners: RegExp }[] = [
  { what: 'onnxruntime', pattern: /from 'onnxruntime/, owners: /^model\/session\.ts$/ },
  { what: 'sharp', pattern: /from 'sharp'/, owners: /^image\// },
  { what: 'fflate', pattern: /from 'fflate'/, owners: /^formats\// },
  { what: 'process.env', pattern: /process\.env/, owners: /^cli\/environment\.ts$/ },
  { what: 'fastify', pattern: /from '@?fastify/, owners: /^server\// },
  { what: 'the database', pattern: /from '(kysely(\/\w+)?|pg)'/, owners: /^store\// },
  { what: 'tar', pattern: /from 'tar-stream'/, owners: /^store\// },
  { what: 'the queue', pattern: /from 'pg-boss'/, owners: /^jobs\// },
  { what: 'pdfkit', pattern: /from 'pdfkit'/, owners: /^report\// },
  { what: 'commander', pattern: /from 'commander'/, owners: /^cli\// },
];

/** Rooms whose code runs in a browser too, but for these platform files. */
const BROWSER_ROOMS = ['core', 'formats', 'keras', 'image', 'synth'];
const PLATFORM_FILE = /-node\.ts$/;

const files = globSync('**/*.{ts,tsx}', { cwd: src })
  .filter((file) => !/\.test\.tsx?$|(^|\/)fixtures\//.test(file))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(src, path), 'utf8') }));

const roomOf = (path: string) => path.split('/')[0]!;

/** What a file imports by relative path, from `src/` on; files outside `src/` (package.json) do not count. */
const localImports = (path: string, text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map(([, specifier]) => normalize(join(dirname(path), specifier!)).replaceAll('\\', '/'))
    .filter((target) => !target.startsWith('..'));

describe('the walls between the rooms', () => {
  for (const room of [...Object.keys(MAY_ENTER), 'web']) {
    test(`${room} enters only ${[...(MAY_ENTER[room] ?? PAGE_MAY_IMPORT)].join(', ') || 'itself'}`, () => {
      const mayImport = (target: string) =>
        room === 'web' ? PAGE_MAY_IMPORT.includes(target) : MAY_ENTER[room]!.includes(roomOf(target));
      const trespasses = files
        .filter(({ path }) => path.includes('/') && roomOf(path) === room)
        .flatMap(({ path, text }) => localImports(path, text).map((target) => ({ path, target })))
        .filter(({ target }) => roomOf(target) !== room && !mayImport(target));
      assert.deepEqual(trespasses, []);
    });
  }

  test('every room is in the table', () => {
    const rooms = new Set(files.filter(({ path }) => path.includes('/')).map(({ path }) => roomOf(path)));
    assert.deepEqual(
      [...rooms].filter((room) => room !== 'web' && !(room in MAY_ENTER)),
      [],
    );
  });

  for (const { what, pattern, owners } of OWNERS) {
    test(`${what} has one owner`, () => {
      const trespassers = files.filter(({ path, text }) => pattern.test(text) && !owners.test(path));
      assert.deepEqual(
        trespassers.map(({ path }) => path),
        [],
      );
    });
  }

  test('what runs in a browser imports nothing of Node', () => {
    const trespassers = files.filter(
      ({ path, text }) =>
        BROWSER_ROOMS.includes(path.split('/')[0]!) && !PLATFORM_FILE.test(path) && /'node:/.test(text),
    );
    assert.deepEqual(
      trespassers.map(({ path }) => path),
      [],
    );
  });

  test('nothing reaches out of the machine: no address of another host is fetched', () => {
    const fetching = files.filter(({ text }) => /fetch\(\s*['"`]https?:/.test(text));
    assert.deepEqual(
      fetching.map(({ path }) => path),
      [],
    );
  });
});
