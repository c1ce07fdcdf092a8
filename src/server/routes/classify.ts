import { Type } from 'typebox';
import { asFoveaError, FoveaError } from '../../core/errors.ts';
import { classify } from '../../flows/classify.ts';
import { DISCLAIMER } from '../../flows/disclaimer.ts';
import type { GateOptions } from '../../flows/gate.ts';
import type { Model } from '../../model/index.ts';
import { type ClassifyAnswer, ClassifyAnswerSchema } from '../contract.ts';
import { gateOf, gateQuery } from '../gate.ts';
import { answers, FileSchema, form, type Routes } from '../route.ts';
import { LIMITS, MAX_IMAGE_BYTES, type Upload, uploads } from '../uploads.ts';

/** `POST /api/classify`: each picture its reading or its refusal, in the order in which they came. */
export const classifyRoute: Routes = async (app, { registry }) => {
  const { schema, validatorCompiler } = form(Type.Object({ image: Type.Array(FileSchema) }));
  app.post(
    '/classify',
    {
      validatorCompiler,
      schema: {
        ...schema,
        tags: ['reading'],
        summary: 'Read pictures with a model',
        description: `Up to ${LIMITS.files} files in the form field "image", each judged by the gate first. A picture that cannot be read does not hinder the others.`,
        querystring: Type.Object({
          model: Type.Optional(Type.String({ description: 'Name of a model; without it the default one.' })),
          ...gateQuery,
        }),
        response: answers(200, ClassifyAnswerSchema),
      },
    },
    async (request) => {
      const model = await registry.open(request.query.model ?? (await registry.defaultName()));
      const results: ClassifyAnswer['results'] = [];
      for await (const upload of uploads(request)) {
        if (upload.field === 'image')
          results.push(
            await answerTo(upload, model, gateOf(request.query), request.log.error.bind(request.log)),
          );
      }
      if (results.length === 0) throw new FoveaError('IMAGE_MISSING');
      return { results, disclaimer: DISCLAIMER };
    },
  );
};

async function answerTo(
  { name, read }: Upload,
  model: Model,
  options: GateOptions,
  log: (fault: { err: unknown }) => void,
): Promise<ClassifyAnswer['results'][number]> {
  try {
    return await classify({ name, bytes: await read(MAX_IMAGE_BYTES) }, model, options);
  } catch (thrown) {
    const error = asFoveaError(thrown);
    if (error.code === 'INTERNAL') log({ err: thrown });
    return { file: name, error: error.toJSON() };
  }
}
