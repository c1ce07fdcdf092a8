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

/** A body of a media type that is described and read as it comes, so that there is nothing to validate. */
export const stream = <Body extends TSchema>(type: string, body: Body) => ({
  schema: { consumes: [type], body },
  validatorCompiler: ((route) =>
    route.httpPart === 'body' ? () => true : compileValidator(route)) as typeof compileValidator,
});

/** A form with files, read part by part by `uploads`. */
export const form = <Body extends TSchema>(body: Body) => stream('multipart/form-data', body);
