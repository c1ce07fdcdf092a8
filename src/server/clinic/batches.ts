import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { DISCLAIMER } from '../../flows/disclaimer.ts';
import { guessPattern, inMemory, MAX_IMAGE_BYTES, safeName } from '../../intake/index.ts';
import {
  finishImport,
  type GivenFile,
  type HintOptions,
  roomSettings,
  sourcesOf,
  takeFiles,
} from '../../jobs/index.ts';
import { toCsv, toXlsx } from '../../report/index.ts';
import {
  appendAudit,
  atOnce,
  cancelBatch,
  createBatch,
  exportItems,
  ITEM_STATES,
  listBatches,
  listItems,
  openBatchOptions,
  readBatch,
  resumeBatch,
} from '../../store/index.ts';
import {
  BatchItemsSchema,
  BatchListSchema,
  BatchSchema,
  EyeSchema,
  GuessSchema,
  NewBatchSchema,
  ResultSchema,
  type Taken,
  TakenSchema,
} from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers, FileSchema, form } from '../route.ts';
import { LIMITS, uploads } from '../uploads.ts';
import { batchSheet } from './batch-sheet.ts';
import { idParams, type RoomRoutes } from './room.ts';

const tags = ['import'];
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
/** More than any import has; a table of so many rows is some dozen MB. */
const MOST_EXPORTED = 200_000;
/** `/api/batches`: files that come in together. */
export const batchRoutes: RoomRoutes = async (app, { room }) => {
  const { store, queue, hints } = room;
  const { db } = store;
  const batchAnswer = answers(200, BatchSchema);

  app.get(
    '/batches',
    {
      ...whoMay('look'),
      schema: { tags, summary: 'Imports, the newest first', response: answers(200, BatchListSchema) },
    },
    async () => ({ batches: await listBatches(db) }),
  );

  app.post(
    '/batches',
    {
      ...whoMay('import'),
      // A table of tens of thousands of rows.
      bodyLimit: 64 * 1024 ** 2,
      schema: {
        tags,
        summary: 'Begin an import',
        description: 'Then send its files to `/batches/{id}/files`, or piece by piece to `/uploads`.',
        body: NewBatchSchema,
        response: answers(201, BatchSchema),
      },
    },
    async (request, reply) => {
      const { name, pattern, table } = request.body;
      const options = { ...(pattern && { pattern }), ...(table && { table }) };
      hints.check(options);
      const { login } = whoAsks(request);
      const id = await atOnce(db, async (trx) => {
        const made = await createBatch(trx, {
          name: name?.trim() || `Import of ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`,
          // A browser says where a page of its is from (fetch.spec.whatwg.org, "Origin"); others have no reason to.
          source: request.headers.origin === undefined ? 'api' : 'files',
          options,
          createdBy: login,
        });
        await appendAudit(trx, { actor: login, action: 'import.begin', subject: `batch ${made}` });
        return made;
      });
      return reply.status(201).send(await readBatch(db, id));
    },
  );

  app.post(
    '/batches/guess',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'What names of files tell, and by which pattern',
        body: Type.Object({ names: Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 1000 }) }),
        response: answers(200, GuessSchema),
      },
    },
    async ({ body }) => guessPattern(body.names.map(safeName)) as never,
  );

  app.get(
    '/batches/:id/export',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'What became of every file, as a table',
        params: idParams,
        querystring: Type.Object({ format: Type.Enum(['csv', 'json', 'xlsx'], { default: 'csv' }) }),
        produces: ['text/csv', 'application/json', XLSX],
        response: answers(200, FileSchema),
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const { format } = query;
      const { name } = await readBatch(db, params.id);
      const { blindedFirst } = await roomSettings(db);
      const items = await exportItems(db, params.id, { most: MOST_EXPORTED, blindedFirst });
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'import.export',
        subject: `batch ${params.id}`,
        detail: { format, rows: items.length },
      });
      reply.header(
        'content-disposition',
        `attachment; filename*=UTF-8''${encodeURIComponent(`${name}.${format}`)}`,
      );
      if (format === 'json')
        return reply
          .type('application/json')
          .send(JSON.stringify({ batch: name, disclaimer: DISCLAIMER, items }));
      const sheet = batchSheet(items);
      return format === 'csv'
        ? reply.type('text/csv; charset=utf-8').send(toCsv(sheet))
        : reply.type(XLSX).send(await toXlsx(sheet, name));
    },
  );

  app.get(
    '/batches/:id',
    {
      ...whoMay('look'),
      schema: { tags, summary: 'How far an import is', params: idParams, response: batchAnswer },
    },
    ({ params }) => readBatch(db, params.id),
  );

  app.get(
    '/batches/:id/items',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'Files of an import, and what became of each',
        params: idParams,
        querystring: Type.Object({
          state: Type.Optional(Type.Enum([...ITEM_STATES])),
          result: Type.Optional(ResultSchema),
          quality: Type.Optional(Type.Enum(['good', 'barely gradable', 'not gradable'])),
          eye: Type.Optional(EyeSchema),
          search: Type.Optional(
            Type.String({ maxLength: 200, description: 'Part of the file, or of the patient.' }),
          ),
          offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
        }),
        response: answers(200, BatchItemsSchema),
      },
    },
    async ({ params, query }) => {
      const { blindedFirst } = await roomSettings(db);
      return (await listItems(db, params.id, { ...query, blindedFirst })) as never;
    },
  );

  const { schema, validatorCompiler } = form(Type.Object({ file: Type.Array(FileSchema) }));
  app.post(
    '/batches/:id/files',
    {
      ...whoMay('import'),
      validatorCompiler,
      schema: {
        ...schema,
        tags,
        summary: 'Hand over files',
        description: `Up to ${LIMITS.files} files in the form field "file". Once it answers, what was taken is on the disk. What was lost on the way can be sent again: the same bytes are taken once.`,
        params: idParams,
        response: answers(200, TakenSchema),
      },
    },
    async (request) => {
      const { id } = request.params;
      const hintsOf = hints.of(id, (await openBatchOptions(db, id)) as HintOptions);
      const items: Taken['items'] = await takeFiles({ ...room, batchId: id, hintsOf }, filesOf(request));
      if (items.length === 0)
        throw new FoveaError('IMAGE_MISSING', { hint: 'Attach files in the form field "file".' });
      return { items };
    },
  );

  app.post(
    '/batches/:id/done',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'No more files come',
        description: 'Files that the table names and that never came are items of the batch too, refused.',
        params: idParams,
        response: batchAnswer,
      },
    },
    async ({ params }) => {
      const { table } = sourcesOf((await openBatchOptions(db, params.id)) as HintOptions);
      await finishImport(store, params.id, table);
      return readBatch(db, params.id);
    },
  );

  app.post(
    '/batches/:id/cancel',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Read no more of an import; what was read stays',
        params: idParams,
        response: batchAnswer,
      },
    },
    async (request) => {
      const { id } = request.params;
      await atOnce(db, async (trx) => {
        await cancelBatch(trx, id);
        await appendAudit(trx, {
          actor: whoAsks(request).login,
          action: 'import.cancel',
          subject: `batch ${id}`,
        });
      });
      return readBatch(db, id);
    },
  );

  app.post(
    '/batches/:id/retry',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Read what is still unread of an import, and what could not be read',
        description:
          'What cannot be read by the models of today stays as it is; a cancelled import goes on, and no more files come.',
        params: idParams,
        response: batchAnswer,
      },
    },
    async (request) => {
      const { id } = request.params;
      await atOnce(db, async (trx) => {
        const unread = await resumeBatch(trx, id);
        await queue.enqueue(trx, unread);
        await appendAudit(trx, {
          actor: whoAsks(request).login,
          action: 'import.retry',
          subject: `batch ${id}`,
          detail: { unread: unread.length },
        });
      });
      room.callWorkers();
      return readBatch(db, id);
    },
  );
};

/** The files of a request, each read when its turn comes. */
async function* filesOf(request: FastifyRequest): AsyncGenerator<GivenFile> {
  for await (const { name, read } of uploads(request))
    yield { name, open: async () => inMemory(await read(MAX_IMAGE_BYTES)) };
}
