import { Type } from 'typebox';
import { asFoveaError, FoveaError } from '../../core/errors.ts';
import { classify, type ReadingOptions } from '../../flows/classify.ts';
import { DISCLAIMER } from '../../flows/disclaimer.ts';
import { classifyWithRightModel } from '../../flows/right-model.ts';
import { type Model, Registry } from '../../model/index.ts';
import { type ClassifyAnswer, ClassifyAnswerSchema } from '../contract.ts';
import { gateOf, gateQuery } from '../gate.ts';
import { meaningOptionsOf, meaningQuery } from '../meaning.ts';
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
          model: Type.Optional(
            Type.String({
              description:
                'Name of a model; without it the default one, or for another kind of picture the first that reads that kind.',
            }),
          ),
          ...gateQuery,
          ...meaningQuery,
        }),
        response: answers(200, ClassifyAnswerSchema),
      },
    },
    async (request) => {
      const { model: wanted } = request.query;
      const model = wanted === undefined ? registry : await registry.open(wanted);
      const options = { ...gateOf(request.query), ...meaningOptionsOf(request.query) };
      const results: ClassifyAnswer['results'] = [];
      for await (const upload of uploads(request))
        results.push(await answerTo(upload, model, options, request.log.error.bind(request.log)));
      if (results.length === 0) throw new FoveaError('IMAGE_MISSING');
      return { results, disclaimer: DISCLAIMER };
    },
  );
};

async function answerTo(
  { name, read }: Upload,
  model: Model | Registry,
  options: ReadingOptions,
  log: (fault: { err: unknown }) => void,
): Promise<ClassifyAnswer['results'][number]> {
  try {
    const picture = { name, bytes: await read(MAX_IMAGE_BYTES) };
    return await (model instanceof Registry
      ? classifyWithRightModel(picture, model, options)
      : classify(picture, model, options));
  } catch (thrown) {
    const error = asFoveaError(thrown);
    if (error.code === 'INTERNAL') log({ err: thrown });
    return { file: name, error: error.toJSON() };
  }
}
