import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { takeTurns } from '../../core/turns.ts';
import { DISCLAIMER } from '../../flows/disclaimer.ts';
import { evidenceAnswer, evidenceFor } from '../../flows/evidence.ts';
import { evidenceOf, METHODS } from '../../flows/explain.ts';
import { readCheck } from '../../flows/explain-store.ts';
import { outcomeOf, roomSettings, SOON } from '../../jobs/index.ts';
import {
  appendAudit,
  isHeldBack,
  keepExplanation,
  keptExplanation,
  moveImage,
  readImage,
  readingsOf,
  readVisit,
} from '../../store/index.ts';
import { ImageChangeSchema, ImageSchema } from '../clinic-contract.ts';
import { EvidenceSchema } from '../contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers, FileSchema } from '../route.ts';
import { untilGone } from '../until-gone.ts';
import { idParams, type RoomRoutes } from './room.ts';
import { imageView } from './visit-view.ts';

const tags = ['images'];
/** An explanation opens graphs of its own and may run them a thousand times. */
const AT_ONCE = 2;

/** `/api/images`: a picture to look at, where it belongs, and what an answer rests on. */
export const imageRoutes: RoomRoutes = async (app, { room }) => {
  const { store, copies, registry, queue, evidence, version } = room;
  const { db, blobs } = store;
  const inTurn = takeTurns(AT_ONCE);

  app.get(
    '/images/:id/picture',
    {
      config: { ...whoMay('look').config, isBackground: true },
      schema: {
        tags,
        summary: 'A picture as JPEG, upright',
        params: idParams,
        querystring: Type.Object({
          width: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 8192,
              description: 'Pixels at most; rounded up to 96, 320, 1024 or 2048.',
            }),
          ),
        }),
        produces: ['image/jpeg', 'application/json'],
        response: { ...answers(200, FileSchema), 304: Type.Null() },
      },
    },
    async ({ params, query, headers }, reply) => {
      const { sha256 } = await readImage(db, params.id);
      const tag = `"${sha256}"`;
      const isThere = headers['if-none-match'] === tag && (await blobs.has(sha256));
      const jpeg = isThere ? null : await copies.get(sha256, query.width);
      // The browser need not fetch it again, but has to ask each time: what it keeps it shows to nobody who may not look.
      reply.header('cache-control', 'private, no-cache').header('etag', tag);
      return jpeg ? reply.type('image/jpeg').send(jpeg) : reply.status(304).send(null);
    },
  );

  app.get(
    '/images/:id/file',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'The file as it was imported',
        params: idParams,
        produces: ['application/octet-stream', 'application/json'],
        response: answers(200, FileSchema),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { sha256, fileName } = await readImage(db, id);
      const bytes = await blobs.get(sha256);
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'image.download',
        subject: `image ${id}`,
        detail: { sha256 },
      });
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`)
        .send(bytes);
    },
  );

  app.patch(
    '/images/:id',
    {
      ...whoMay('correct patients and eyes'),
      schema: {
        tags,
        summary: 'Correct which eye, patient or day an image is of',
        params: idParams,
        body: ImageChangeSchema,
        response: answers(200, ImageSchema),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { patient, ...rest } = request.body;
      const change = { ...rest, ...(patient !== undefined && { patient: patient.trim() }) };
      const settings = await roomSettings(db);
      await moveImage(db, id, change, {
        actor: whoAsks(request).login,
        outcome: outcomeOf(settings),
      });
      const image = await readImage(db, id);
      const isHidden = isHeldBack(await readVisit(db, image.visitId), settings);
      return imageView(image, await readingsOf(db, [id]), { isHidden, settings });
    },
  );

  app.post(
    '/images/:id/read',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Have an image read by the models of today',
        description: 'What a model version has said of it before stands.',
        params: idParams,
        response: answers(202, Type.Object({ queued: Type.Boolean() })),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await readImage(db, id);
      await db.transaction().execute(async (trx) => {
        await queue.enqueue(trx, [id], SOON);
        await appendAudit(trx, {
          actor: whoAsks(request).login,
          action: 'image.read',
          subject: `image ${id}`,
        });
      });
      room.callWorkers();
      return reply.status(202).send({ queued: true });
    },
  );

  app.get(
    '/images/:id/evidence',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'Where in an image a model sees what it answers',
        params: idParams,
        querystring: Type.Object({
          model: Type.Optional(Type.String({ maxLength: 200 })),
          label: Type.Optional(Type.String({ maxLength: 200 })),
          method: Type.Optional(Type.Enum([...METHODS])),
        }),
        response: answers(200, EvidenceSchema),
      },
    },
    async ({ params, query }, reply) => {
      const image = await readImage(db, params.id);
      if (isHeldBack(await readVisit(db, image.visitId), await roomSettings(db)))
        throw new FoveaError('NOT_WAITING', { reason: 'a human is to grade this visit first' });
      const said = (await readingsOf(db, [params.id])).filter(({ reading }) => reading);
      const name = query.model ?? said[0]?.model.name;
      if (name === undefined) throw new FoveaError('NOT_WAITING', { reason: 'no model has read this image' });
      const model = await registry.open(name);
      const of = { imageId: image.id, sha256: model.manifest.sha256, eye: image.eye, foveaVersion: version };
      // What was explained before is answered at once, but not by a method that somebody asks for.
      const known =
        query.label === undefined || query.method
          ? undefined
          : await keptExplanation(db, { ...of, label: query.label });
      const answer = known as ReturnType<typeof evidenceAnswer> | undefined;
      // What its method is worth may have been measured since; one that failed is not explained by again.
      const check = answer && evidence && (await readCheck(evidence, model.manifest, answer.method));
      // One kept before there was a calibrated probability speaks of the network's own.
      if (answer && 'calibrated' in answer && (check?.passed ?? true))
        return { ...answer, ...(check && evidenceOf(check)), disclaimer: DISCLAIMER };
      const bytes = await blobs.get(image.sha256);
      const signal = untilGone(reply);
      const found = await inTurn(
        async () =>
          evidenceFor({ name: image.fileName, bytes }, model, (await registry.graph(name)).onnx, {
            signal,
            ...(evidence && { checks: evidence }),
            ...(image.eye && { eye: image.eye }),
            ...(query.label !== undefined && { label: query.label }),
            ...(query.method && { method: query.method }),
          }),
        signal,
      );
      const made = evidenceAnswer(found);
      if (!query.method && made.evidence !== null)
        await keepExplanation(db, { ...of, label: made.label }, made);
      return { ...made, disclaimer: DISCLAIMER };
    },
  );
};
