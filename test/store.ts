import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../src/store/index.ts';

/** A store of its own on an embedded PostgreSQL, for the tests of one file. */
export async function testStore(): Promise<Store & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-store-'));
  const store = await openStore({ dataFolder: folder, name: 'test' });
  return {
    ...store,
    folder,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
