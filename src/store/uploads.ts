import { FoveaError } from '../core/errors.ts';
import type { Database } from './database.ts';

/** A file that comes in pieces. */
export interface PartialUpload {
  readonly batchId: string;
  readonly name: string;
  /** Bytes, once it is whole. */
  readonly size: number;
}

/** @returns its id */
export async function addUpload(db: Database, { batchId, name, size }: PartialUpload): Promise<string> {
  const { id } = await db
    .insertInto('uploads')
    .values({ batch_id: batchId, name, size })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** @throws FoveaError `NOT_FOUND` */
export async function readUpload(db: Database, id: string): Promise<PartialUpload> {
  const upload = await db
    .selectFrom('uploads')
    .select(['batch_id as batchId', 'name', 'size'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!upload) throw new FoveaError('NOT_FOUND');
  return upload;
}

export async function removeUpload(db: Database, id: string): Promise<void> {
  await db.deleteFrom('uploads').where('id', '=', id).execute();
}
