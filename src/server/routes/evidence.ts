import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { takeTurns } from '../../core/turns.ts';
import { DISCLAIMER } from '../../flows/disclaimer.ts';
import { evidenceAnswer, evidenceFor } from '../../flows/evidence.ts';
import { METHODS } from '../../flows/explain.ts';
import { occlude } from '../../flows/occlude.ts';
import type { Region } from '../../image/index.ts';
import { EvidenceSchema, OcclusionSchema } from '../contract.ts';
import { gateOf, gateQuery } from '../gate.ts';
import { answers, FileSchema, form, type Routes } from '../route.ts';
import { untilGone } from '../until-gone.ts';
import { pictureOf } from '../uploads.ts';

/** An explanation opens graphs of its own and may run them a thousand times. */
const AT_ONCE = 2;

/** More than anybody clicks. */
const MAX_REGIONS = 100;

const NUMBER = String.raw`-?\d{1,6}(\.\d{1,6})?`;
const tags = ['reading'];
const model = Type.Optional(Type.String({ description: 'Name of a model; without it the default one.' }));

/** `POST /api/explain` and `POST /api/occlude`: where an answer comes from, and what becomes of it without a part. */
export const evidenceRoutes: Routes = async (app, { registry, evidence }) => {
  const inTurn = takeTurns(AT_ONCE);
  const { schema, validatorCompiler } = form(Type.Object({ image: FileSchema }));

  app.post(
    '/explain',
    {
      validatorCompiler,
      schema: {
        ...schema,
        tags,
        summary: 'Where in a picture a model sees what it answers',
        description:
          'One picture in the form field "image". The map is stretched over `extent`; a request that is broken off is not worked on any longer.',
        querystring: Type.Object({
          model,
          class: Type.Optional(
            Type.String({ description: 'Label or name of a class; without it the most probable.' }),
          ),
          method: Type.Optional(Type.Enum([...METHODS])),
          ...gateQuery,
        }),
        response: answers(200, EvidenceSchema),
      },
    },
    async (request, reply) => {
      const { query } = request;
      const name = query.model ?? (await registry.defaultName());
      const model = await registry.open(name);
      const picture = await pictureOf(request);
      const signal = untilGone(reply);
      const found = await inTurn(async () => {
        const { onnx } = await registry.graph(name);
        return evidenceFor(picture, model, onnx, {
          signal,
          ...gateOf(query),
          ...(evidence && { checks: evidence }),
          ...(query.class !== undefined && { label: query.class }),
          ...(query.method && { method: query.method }),
        });
      }, signal);
      return { ...evidenceAnswer(found), disclaimer: DISCLAIMER };
    },
  );

  const numbers = (count: number) => Type.String({ pattern: `^${Array(count).fill(NUMBER).join(',')}$` });
  const repeated = (count: number, description: string) =>
    Type.Optional(
      Type.Union([numbers(count), Type.Array(numbers(count), { maxItems: MAX_REGIONS })], { description }),
    );
  app.post(
    '/occlude',
    {
      validatorCompiler,
      schema: {
        ...schema,
        tags,
        summary: 'What a model answers without some regions of a picture',
        description:
          'One picture in the form field "image". Each region gives way to the colours around it; pixels of the picture as it is seen, from its upper left corner.',
        querystring: Type.Object({
          model,
          circle: repeated(3, 'x, y and radius; repeat it for several'),
          box: repeated(4, 'left, top, right and bottom; repeat it for several'),
          ...gateQuery,
        }),
        response: answers(200, OcclusionSchema),
      },
    },
    async (request, reply) => {
      const { query } = request;
      const regions = [...several(query.circle).map(circleOf), ...several(query.box).map(boxOf)];
      if (regions.length === 0) {
        throw new FoveaError('REQUEST_INVALID', {
          reason: 'it names no region',
          expected: 'circle=x,y,radius or box=left,top,right,bottom in the address',
        });
      }
      const model = await registry.open(query.model ?? (await registry.defaultName()));
      const picture = await pictureOf(request);
      const { name, version } = model.manifest;
      return {
        file: picture.name,
        model: { name, version, sha256: model.manifest.sha256 },
        outputs: [...(await inTurn(() => occlude(picture, model, regions, gateOf(query)), untilGone(reply)))],
        disclaimer: DISCLAIMER,
      };
    },
  );
};

const several = (value: string | string[] | undefined): string[] => [value ?? []].flat();

function circleOf(text: string): Region {
  const [x = 0, y = 0, radius = 0] = text.split(',').map(Number);
  return { shape: 'circle', x, y, radius };
}

function boxOf(text: string): Region {
  const [left = 0, top = 0, right = 0, bottom = 0] = text.split(',').map(Number);
  return { shape: 'box', left, top, right, bottom };
}
