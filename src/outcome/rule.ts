import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { FoveaError } from '../core/errors.ts';

/** What makes an image reach a level; several fields in one condition hold together. */
const ConditionSchema = Type.Object(
  {
    /** ICDR grade, exactly. */
    grade: Type.Optional(Type.Integer({ minimum: 0, maximum: 4 })),
    /** Macular oedema. */
    oedema: Type.Optional(Type.Boolean()),
    /** Any of these labels was found, e.g. ODIR's letters. */
    anyOf: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
    /** Labels were read and none of these was found. */
    noneOf: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
  },
  { additionalProperties: false, minProperties: 1 },
);

/**
 * A rule of outcomes, `rules/*.json`: levels from the least to the most severe, what each means for the patient, in whose
 * words, from which source. Programmes differ: copy a file, change it, raise its version.
 */
export const RuleSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    version: Type.String({ minLength: 1, maxLength: 40 }),
    title: Type.String({ minLength: 1 }),
    meaning: Type.String({ minLength: 1 }),
    sources: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
    levels: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          /** One of them is enough. */
          when: Type.Array(ConditionSchema, { minItems: 1 }),
          result: Type.Union([Type.Literal('negative'), Type.Literal('positive')]),
          say: Type.String({ minLength: 1 }),
          next: Type.Object(
            {
              action: Type.Union([Type.Literal('screen again'), Type.Literal('refer')]),
              /** From … to so many months; 0 = now. */
              months: Type.Tuple([Type.Number({ minimum: 0 }), Type.Number({ minimum: 0 })]),
            },
            { additionalProperties: false },
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 2 },
    ),
    /** What is said of an eye of which nothing could be read. */
    ungradable: Type.Object(
      { say: Type.String({ minLength: 1 }), next: Type.String({ minLength: 1 }) },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Rule = Static<typeof RuleSchema>;
export type Level = Rule['levels'][number];

/** Labels that a rule asks for, whether they should hold or not. */
export const askedLabels = ({ levels }: Pick<Rule, 'levels'>): string[] =>
  levels.flatMap(({ when }) => when.flatMap(({ anyOf = [], noneOf = [] }) => [...anyOf, ...noneOf]));

/**
 * @param text JSON
 * @throws FoveaError `RULE_INVALID`
 */
export function parseRule(text: string): Rule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FoveaError('RULE_INVALID', { reason: 'it is not JSON' });
  }
  if (!Value.Check(RuleSchema, value)) {
    const [first] = Value.Errors(RuleSchema, value);
    throw new FoveaError('RULE_INVALID', {
      reason: `${first?.instancePath || 'the whole'} ${first?.message ?? 'is not as it must be'}`,
    });
  }
  const firstPositive = value.levels.findIndex(({ result }) => result === 'positive');
  if (firstPositive < 1 || value.levels.slice(firstPositive).some(({ result }) => result === 'negative'))
    throw new FoveaError('RULE_INVALID', {
      reason: 'its levels do not go from negative ones to positive ones',
    });
  if (value.levels.some(({ next }) => next.months[0] > next.months[1]))
    throw new FoveaError('RULE_INVALID', { reason: 'an interval ends before it begins' });
  return value;
}
