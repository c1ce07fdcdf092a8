import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asFoveaError, type ErrorCode, FoveaError } from '../core/errors.ts';
import type { Dataset } from '../dataset/index.ts';
import { writeCsv } from '../formats/csv-writer.ts';
import { npyHead } from '../formats/npy.ts';
import { decode, fit, type Pixels } from '../image/index.ts';
import { inOrder } from './in-order.ts';

/** Pictures decoded at once: libvips decodes off the main thread, and four hold under 100 MB of usual photographs. */
const AT_ONCE = 4;

/** What became of a data set. */
export interface Prepared {
  /** Rows × height × width × channels. */
  readonly shape: readonly [rows: number, height: number, width: number, channels: number];
  readonly dtype: 'uint8' | 'float32';
  /** Rows left out, by the code of their error. */
  readonly excluded: Readonly<Record<string, number>>;
}

/**
 * The pictures of a data set as a model is given them, before their normalisation, so that training sees what serving
 * sees. In `folder` then stand `pixels.npy` and `rows.csv`: every row of the data with `row`, its place in the array,
 * or with `excluded`, the code of the error. Pictures are taken a few at a time, however many there are.
 *
 * @param contract the part of a model's preprocessing that leaves a picture; channels stand in the order RGB
 * @param onRow called after each row
 * @throws FoveaError `DATASET_INVALID` where no picture can be read
 */
export async function prepare(
  { items, columns }: Pick<Dataset, 'items' | 'columns'>,
  contract: Parameters<typeof fit>[1],
  folder: string,
  onRow: () => void = () => {},
): Promise<Prepared> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'pixels.npy'), 'w');
  const rows: string[][] = [[...columns, 'row', 'excluded']];
  const excluded: Record<string, number> = {};
  let first: Pixels | undefined;
  let count = 0;
  const dtype = () => (first?.data instanceof Float32Array ? 'float32' : 'uint8');
  const shape = () => [count, first?.height ?? 0, first?.width ?? 0, first?.channels ?? 0] as const;
  try {
    await file.writeFile(npyHead(shape(), dtype()));
    let i = 0;
    for await (const said of inOrder(items, ({ path }) => fitted(path, contract), AT_ONCE)) {
      const own = columns.map((name) => items[i]!.columns[name] ?? '');
      if (typeof said === 'string') {
        excluded[said] = (excluded[said] ?? 0) + 1;
        rows.push([...own, '', said]);
      } else {
        first ??= said;
        await file.writeFile(new Uint8Array(said.data.buffer, said.data.byteOffset, said.data.byteLength));
        rows.push([...own, String(count++), '']);
      }
      i++;
      onRow();
    }
    await file.write(npyHead(shape(), dtype()), { position: 0 });
  } finally {
    await file.close();
  }
  await writeFile(join(folder, 'rows.csv'), writeCsv(rows));
  if (count === 0)
    throw new FoveaError('DATASET_INVALID', {
      reason: 'none of their pictures can be read',
      received: Object.keys(excluded).join(', '),
    });
  return { shape: shape(), dtype: dtype(), excluded };
}

async function fitted(path: string, contract: Parameters<typeof fit>[1]): Promise<Pixels | ErrorCode> {
  try {
    const bytes = await readFile(path).catch(() => {
      throw new FoveaError('FILE_NOT_FOUND', { path });
    });
    return fit(await decode(bytes), contract);
  } catch (thrown) {
    const { code, cause } = asFoveaError(thrown);
    // A full disk or a slip of ours is no fault of the picture.
    if (code === 'INTERNAL') throw cause;
    return code;
  }
}
