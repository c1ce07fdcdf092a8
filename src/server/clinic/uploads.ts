import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Type } from 'typebox';
import { FoveaError, fullDisk } from '../../core/errors.ts';
import {
  MAX_ARCHIVE_BYTES,
  MAX_IMAGE_BYTES,
  openFile,
  refuseTooLarge,
  safeName,
} from '../../intake/index.ts';
import { type HintOptions, type TakenFile, takeFiles } from '../../jobs/index.ts';
import { addUpload, openBatchOptions, readUpload, refuseItem, removeUpload } from '../../store/index.ts';
import { IdSchema, TakenSchema, UploadSchema } from '../clinic-contract.ts';
import { whoMay } from '../people/person.ts';
import { answers, FileSchema, stream } from '../route.ts';
import { idParams, type RoomRoutes } from './room.ts';

const tags = ['import'];
/** Pieces of nobody are kept so long. */
const KEPT_MS = 24 * 3600 * 1000;
const PIECE = 'application/offset+octet-stream';
/** Finished uploads whose answer is kept for a client that did not hear it. */
const REMEMBERED = 20;

/**
 * `/api/uploads`: files in pieces, after tus.io 1.0: a line that breaks costs the last piece, not the file. What has been
 * received is on the disk, and HEAD says how much that is.
 */
export const uploadRoutes: RoomRoutes = async (app, { room }) => {
  const { store, hints, dataFolder } = room;
  const { db } = store;
  const folder = join(dataFolder, 'uploads');
  const pathOf = (id: string) => join(folder, id);
  const received = (id: string) =>
    stat(pathOf(id)).then(
      ({ size }) => size,
      () => 0,
    );
  const busy = new Set<string>();
  const done = new Map<string, TakenFile[]>();
  await sweep(folder);

  app.addContentTypeParser(PIECE, (_, payload, done) => done(null, payload));

  app.post(
    '/uploads',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Begin to send a file in pieces',
        body: Type.Object(
          {
            batch: IdSchema,
            name: Type.String({ minLength: 1, maxLength: 1000 }),
            size: Type.Integer({ minimum: 1 }),
          },
          { additionalProperties: false },
        ),
        response: answers(201, UploadSchema),
      },
    },
    async ({ body: { batch, size, ...body } }, reply) => {
      const name = safeName(body.name);
      await openBatchOptions(db, batch);
      try {
        refuseTooLarge(size, /\.zip$/i.test(name) ? MAX_ARCHIVE_BYTES : MAX_IMAGE_BYTES);
      } catch (refusal) {
        await refuseItem(db, batch, name, refusal);
        throw refusal;
      }
      if ((await store.blobs.free()) < size) throw new FoveaError('STORAGE_FULL');
      const id = await addUpload(db, { batchId: batch, name, size });
      return reply.status(201).send({ id, name, size, offset: 0 });
    },
  );

  app.head(
    '/uploads/:id',
    {
      config: { ...whoMay('import').config, swagger: { exposeHeadRoute: true } },
      schema: { tags, summary: 'How much of a file has come', params: idParams },
    },
    async ({ params }, reply) => {
      const { size } = await readUpload(db, params.id);
      return reply
        .header('upload-offset', await received(params.id))
        .header('upload-length', size)
        .header('cache-control', 'no-store')
        .send();
    },
  );

  const { schema, validatorCompiler } = stream(PIECE, FileSchema);
  app.patch(
    '/uploads/:id',
    {
      ...whoMay('import'),
      bodyLimit: MAX_ARCHIVE_BYTES,
      validatorCompiler,
      schema: {
        ...schema,
        tags,
        summary: 'Send the next piece',
        description: 'The answer to the last one says what became of the file; to the others it is empty.',
        params: idParams,
        headers: Type.Object({ 'upload-offset': Type.Integer({ minimum: 0 }) }),
        response: { ...answers(200, TakenSchema), 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const before = done.get(id);
      if (before) return await reply.status(200).send({ items: before });
      const upload = await readUpload(db, id);
      const offset = await received(id);
      if (request.headers['upload-offset'] !== offset || busy.has(id))
        throw new FoveaError('UPLOAD_OFFSET_WRONG', {
          expected: String(offset),
          received: String(request.headers['upload-offset']),
        });
      busy.add(id);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const left = upload.size - offset;
        refuseMore(Number(request.headers['content-length'] ?? 0), left);
        // Of a file that is there already nothing more comes: only what became of it was not heard.
        if (request.body) await append(request.body as Readable, pathOf(id), left);
        const now = await received(id);
        reply.header('upload-offset', now);
        if (now < upload.size) return await reply.status(204).send(null);
        const hintsOf = hints.of(upload.batchId, (await openBatchOptions(db, upload.batchId)) as HintOptions);
        const { batchId, name } = upload;
        const file = { name, open: () => openFile(pathOf(id)) };
        const items = await takeFiles({ ...room, batchId, hintsOf }, [file]);
        done.set(id, items);
        if (done.size > REMEMBERED) done.delete(done.keys().next().value!);
        await removeUpload(db, id);
        await rm(pathOf(id), { force: true });
        return await reply.status(200).send({ items });
      } finally {
        busy.delete(id);
      }
    },
  );
};

/** Appends what comes to a file; what came before the line broke stays. */
async function append(source: Readable, path: string, most: number): Promise<void> {
  let came = 0;
  try {
    await pipeline(
      // Refused in its midst it is not cut off before it has heard why.
      source.iterator({ destroyOnReturn: false }),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          came += chunk.length;
          refuseMore(came, most);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'a', mode: 0o600, flush: true }),
    );
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    throw fullDisk(cause) ?? new FoveaError('REQUEST_ABANDONED', { cause });
  }
}

function refuseMore(bytes: number, most: number): void {
  if (bytes > most)
    throw new FoveaError('FILE_TOO_LARGE', {
      expected: `${most} bytes, as was said before`,
      received: `${bytes} bytes or more`,
      hint: 'Begin the upload anew with the size of the file.',
    });
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(folder, name), { force: true });
  }
}
