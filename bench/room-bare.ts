/**
 * Reads the pictures of a folder with every shipped model and nothing else: no database, no queue, no server. One process
 * of those that `bench/room.ts` sets a batch beside. Prints `{ images, seconds, inferenceSeconds }`.
 *     node bench/room-bare.ts FOLDER CACHE PART PARTS
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPicture } from '../src/flows/read-image.ts';
import { Registry } from '../src/model/index.ts';

const [folder = '', cache = '', part = '0', parts = '1'] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const registry = new Registry({
  builtIn: join(root, 'models'),
  user: join(cache, 'models'),
  cache,
  threads: 1,
});
const names = (await readdir(folder)).sort().filter((_, i) => i % Number(parts) === Number(part));
const read = async (name: string) =>
  readPicture({ name, bytes: await readFile(join(folder, name)) }, registry, 'bench');
await read(names[0]!); // Models are opened.

const start = performance.now();
let inference = 0;
const waiting = [...names];
// As a worker does: one decodes while the other is in the network.
await Promise.all(
  [0, 1].map(async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      const { answers } = await read(name);
      for (const { reading } of answers) inference += reading?.timings.inference ?? 0;
    }
  }),
);
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ images: names.length, seconds, inferenceSeconds: inference / 1000 }));
await registry.close();
