import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from 'typebox';
import type { AppOptions } from './app.ts';
import { ErrorAnswerSchema } from './contract.ts';
import { compileValidator } from './validator.ts';

/** A resource's routes. */
export type Routes = FastifyPluginAsyncTypebox<
  Pick<AppOptions, 'registry' | 'version' | 'evidence' | 'store'> & { prefix: string }
>;

/** Answers of a route: its own, and the refusals that it shares with all others. */
export const answers = <Status extends number, Schema extends TSchema>(status: Status, schema: Schema) =>
  ({ [status]: schema, '4xx': ErrorAnswerSchema, '5xx': ErrorAnswerSchema }) as Record<Status, Schema> &
    Record<'4xx' | '5xx', typeof ErrorAnswerSchema>;

/** One file in a form. */
export const FileSchema = Type.Unsafe<unknown>({ type: 'string', format: 'binary' });

/** A form with files: described by `body`, read part by part by `uploads`, so that there is nothing to validate. */
export const form = <Body extends TSchema>(body: Body) => ({
  schema: { consumes: ['multipart/form-data'], body },
  validatorCompiler: ((route) =>
    route.httpPart === 'body' ? () => true : compileValidator(route)) as typeof compileValidator,
});
