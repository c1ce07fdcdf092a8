import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import type { ModelEntry } from '../../model/index.ts';
import { appendAudit } from '../../store/index.ts';
import {
  type GraphInfo,
  GraphSchema,
  ModelChangeSchema,
  type ModelInfo,
  ModelListSchema,
  ModelSchema,
} from '../contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers, FileSchema, form, type Routes } from '../route.ts';
import { MAX_LABELS_BYTES, MAX_MODEL_BYTES, uploads } from '../uploads.ts';

const tags = ['models'];
const params = Type.Object({ name: Type.String() });

/** `/api/models`: see, open, correct and remove models. */
export const modelRoutes: Routes = async (app, { registry, store }) => {
  /** Models lie in files: what became of one is written down as soon as it has. */
  const audit = async (request: FastifyRequest, action: string, name: string, detail: object = {}) => {
    if (!store) return;
    const actor = whoAsks(request).login;
    await appendAudit(store.db, { actor, action: `model.${action}`, subject: `model ${name}`, detail });
  };

  app.get(
    '/models',
    {
      schema: { tags, summary: 'All models, the default one first', response: answers(200, ModelListSchema) },
    },
    async () => ({ models: (await registry.list()).map(describe) }),
  );

  app.get(
    '/models/:name',
    { schema: { tags, summary: 'One model', params, response: answers(200, ModelSchema) } },
    async ({ params }) => describe(await registry.entry(params.name)),
  );

  app.get(
    '/models/:name/graph',
    {
      schema: {
        tags,
        summary: "A model's layers, inputs and outputs, as its file tells them",
        params,
        response: answers(200, GraphSchema),
      },
    },
    async ({ params }) => {
      const { onnx, traits } = await registry.graph(params.name);
      return { ...traits, onnxSize: onnx.length } as GraphInfo;
    },
  );

  app.get(
    '/models/:name/onnx',
    {
      schema: {
        tags,
        summary: 'A model as an ONNX graph',
        params,
        produces: ['application/octet-stream'],
        response: answers(200, FileSchema),
      },
    },
    async ({ params }, reply) => {
      const { manifest } = await registry.entry(params.name);
      const { onnx } = await registry.graph(params.name);
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${manifest.name}.onnx"`)
        .send(Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength));
    },
  );

  const { schema, validatorCompiler } = form(
    Type.Object({ model: FileSchema, labels: Type.Optional(FileSchema) }),
  );
  app.post(
    '/models',
    {
      ...whoMay('change models'),
      validatorCompiler,
      schema: {
        ...schema,
        tags,
        summary: 'Open a model file',
        description:
          'A .h5, .keras or .onnx file in the field "model" and, if there is one, its labels.txt or class_indices.json in "labels". What the file does not say is guessed and can be corrected afterwards.',
        response: answers(201, ModelSchema),
      },
    },
    async (request, reply) => {
      let model: { bytes: Uint8Array; fileName: string } | undefined;
      let labels: string | undefined;
      for await (const { field, name, read } of uploads(request)) {
        if (field === 'model') model = { bytes: await read(MAX_MODEL_BYTES), fileName: name };
        if (field === 'labels') labels = new TextDecoder().decode(await read(MAX_LABELS_BYTES));
      }
      if (!model) {
        const reason = 'it carries no model';
        throw new FoveaError('REQUEST_INVALID', { reason, expected: 'a file in the form field "model"' });
      }
      const { bytes, fileName } = model;
      const entry = await registry.add(bytes, { fileName, ...(labels !== undefined && { labels }) });
      const { name, version, sha256 } = entry.manifest;
      await audit(request, 'add', name, { fileName, version, sha256 });
      return reply.status(201).send(describe(entry));
    },
  );

  app.patch(
    '/models/:name',
    {
      ...whoMay('change models'),
      schema: {
        tags,
        summary: "Correct a model's labels or contract",
        params,
        body: ModelChangeSchema,
        response: answers(200, ModelSchema),
      },
    },
    async (request) => {
      const { params, body } = request;
      const { manifest: before } = await registry.entry(params.name);
      const entry = await registry.update(params.name, body);
      const from = Object.fromEntries(
        Object.keys(body).map((field) => [field, before[field as keyof typeof before]]),
      );
      await audit(request, 'change', params.name, { from, to: body, sha256: entry.manifest.sha256 });
      return describe(entry);
    },
  );

  app.delete(
    '/models/:name',
    {
      ...whoMay('change models'),
      schema: {
        tags,
        summary: "Remove a model of the user's",
        params,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const { manifest } = await registry.entry(name);
      await registry.remove(name);
      await audit(request, 'remove', name, { version: manifest.version, sha256: manifest.sha256 });
      return reply.status(204).send(null);
    },
  );
};

/** What the API tells of a model: not where it lies on this machine. */
const describe = ({ manifest, builtIn, isDefault, fileSize }: ModelEntry): ModelInfo => ({
  manifest,
  builtIn,
  isDefault,
  fileSize,
});
