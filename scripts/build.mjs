// Builds what is older than its sources, and says nothing where nothing is:
//   dist/       the library and the command, by tsc      dist/web/    the page, by Vite
// Plain JavaScript: it runs under whatever Node (20 or later) `npm ci` runs under.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const shared = ['package-lock.json', 'tsconfig.json'];

/** What is built: the file that proves it, what it is built from, and how. */
const products = [
  {
    name: 'the library',
    proof: 'dist/index.js',
    sources: [...shared, 'tsconfig.build.json', 'src'],
    without: 'src/web',
    // Old output first: a module that was removed must not live on in the package.
    clear: () => clearFolder('dist', 'web'),
    tool: 'typescript/bin/tsc',
    options: ['-p', 'tsconfig.build.json'],
  },
  {
    name: 'the page',
    proof: 'dist/web/index.html',
    sources: [...shared, 'vite.config.ts', 'src/web', 'src/server/contract.ts', 'src/image', 'src/synth'],
    clear: () => {},
    tool: 'vite/bin/vite.js',
    options: ['build', '--logLevel', 'warn'],
  },
];

for (const { name, proof, sources, without, clear, tool, options } of products) {
  if (timeOf(proof) > newest(sources, without)) continue;
  const script = join(root, 'node_modules', tool);
  if (!existsSync(script)) {
    console.error(
      `Not building ${name}: ${tool.split('/')[0]} is not installed (npm ci without --omit=dev).`,
    );
    continue;
  }
  clear();
  const { status } = spawnSync(process.execPath, [script, ...options], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    console.error(`Building ${name} failed.`);
    process.exit(1);
  }
}

/** Time of the latest change under the paths; a folder's own time tells of files removed. */
function newest(paths, without) {
  return Math.max(...paths.filter((path) => path !== without).map((path) => latest(path, without)));
}

function latest(path, without) {
  const time = timeOf(path);
  if (!statSync(join(root, path)).isDirectory()) return time;
  const inner = readdirSync(join(root, path))
    .filter((name) => !/\.test\.tsx?$|^fixtures$/.test(name))
    .map((name) => `${path}/${name}`);
  return Math.max(time, ...(inner.length > 0 ? [newest(inner, without)] : []));
}

function timeOf(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function clearFolder(folder, kept) {
  if (!existsSync(join(root, folder))) return;
  for (const name of readdirSync(join(root, folder))) {
    if (name !== kept) rmSync(join(root, folder, name), { recursive: true });
  }
}
