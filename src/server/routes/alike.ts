import { Type } from 'typebox';
import { type AlikeCase, mostAlike } from '../../flows/alike.ts';
import { DISCLAIMER } from '../../flows/disclaimer.ts';
import { readCases } from '../../flows/explain-store.ts';
import { GENERATOR } from '../../synth/index.ts';
import { AlikeSchema } from '../contract.ts';
import { gateOf, gateQuery } from '../gate.ts';
import { answers, FileSchema, form, type Routes } from '../route.ts';
import { pictureOf } from '../uploads.ts';

/** `POST /api/alike`: the synthetic eyes that a model sees most like a picture. */
export const alikeRoute: Routes = async (app, { registry, evidence }) => {
  const { schema, validatorCompiler } = form(Type.Object({ image: FileSchema }));
  app.post(
    '/alike',
    {
      validatorCompiler,
      schema: {
        ...schema,
        tags: ['reading'],
        summary:
          'Synthetic eyes that a model sees much as a picture, and the same eyes without their disease',
        description:
          'One picture in the form field "image". Cases are known to a model after `fovea explain --check`.',
        querystring: Type.Object({
          model: Type.Optional(Type.String({ description: 'Name of a model; without it the default one.' })),
          ...gateQuery,
        }),
        response: answers(200, AlikeSchema),
      },
    },
    async (request) => {
      const name = request.query.model ?? (await registry.defaultName());
      const { manifest } = await registry.open(name);
      const picture = await pictureOf(request);
      const known = await readCases(evidence ?? [], manifest.sha256);
      const about = {
        file: picture.name,
        model: { name: manifest.name, version: manifest.version, sha256: manifest.sha256 },
        labels: manifest.labels.map(({ label }) => label),
        disclaimer: DISCLAIMER,
      };
      if (!known) return { ...about, cases: [], none: NOT_LEARNT };
      // Parameters of another generator draw other eyes.
      if (known.generator !== GENERATOR) return { ...about, cases: [], none: OTHER_GENERATOR };
      const { onnx } = await registry.graph(name);
      const found = await mostAlike(picture, onnx, manifest, known, gateOf(request.query));
      return { ...about, cases: found.map(plain) };
    },
  );
};

const answered = ({ drawnFrom, probabilities }: Pick<AlikeCase, 'drawnFrom' | 'probabilities'>) => ({
  drawnFrom,
  probabilities: [...probabilities],
});

const plain = ({ likeness, without, ...known }: AlikeCase) => ({
  ...answered(known),
  likeness,
  without: without && answered(without),
});

const NOT_LEARNT =
  'No synthetic eyes are known to this model yet. `fovea explain IMAGE --check` shows it some.';
const OTHER_GENERATOR = `What this model knows was drawn by another generator than ${GENERATOR}. \`fovea explain IMAGE --check\` shows it new ones.`;
