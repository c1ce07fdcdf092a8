/** What a log may hold of an error: what happened and where, and nothing of whom. */
export interface Loggable {
  readonly type: string;
  readonly code?: string;
  /** Without the values it names. */
  readonly message?: string;
  /** Of a database's error: what in the database it is about. */
  readonly about?: string;
  /** Where, a line a call. */
  readonly stack?: string;
  readonly causes?: readonly Loggable[];
}

/** Of errors within errors. */
const DEEPEST = 5;

/**
 * An error without what it carries of patients. A PostgreSQL error tells the failing row in `detail`, the statement in
 * `where` and the value in its message, in the server's language
 * (https://www.postgresql.org/docs/18/protocol-error-fields.html); other errors quote in their message what they stumbled
 * over. Only what names code and tables is taken over.
 */
export function loggable(thrown: unknown, depth = 0): Loggable {
  if (!(thrown instanceof Error)) return { type: typeof thrown };
  const { code, severity, table, column, constraint, routine } = thrown as Error & Record<string, unknown>;
  const isOfDatabase = typeof severity === 'string';
  const about = [table, column, constraint, routine].filter((name) => typeof name === 'string').join(' ');
  const inner = [thrown.cause, ...(thrown instanceof AggregateError ? thrown.errors : [])];
  const causes = depth < DEEPEST ? inner.filter((one) => one instanceof Error) : [];
  const stack = callsOf(thrown);
  return {
    type: thrown.name,
    ...(typeof code === 'string' && { code }),
    ...(!isOfDatabase && { message: withoutValues(thrown.message) }),
    ...(isOfDatabase && about && { about }),
    ...(stack && { stack }),
    ...(causes.length > 0 && { causes: causes.map((one) => loggable(one, depth + 1)) }),
  };
}

/** From the first quotation mark to the last: what is quoted may hold quotation marks itself. */
export const withoutValues = (message: string): string =>
  message.replace(/(["'`“„«»‘‚]).*["'`”“«»’‘]/su, '…');

/** An error for who looks after the machine. */
export function describeLoggable({ type, code, message, about, stack, causes = [] }: Loggable): string {
  const head = [type, code && `[${code}]`, message, about && `(${about})`].filter(Boolean).join(' ');
  return [
    head,
    ...(stack ? [stack] : []),
    ...causes.map((one) => `because of ${describeLoggable(one)}`),
  ].join('\n');
}

/** The calls of a stack; its head is the message. */
function callsOf({ stack = '', message }: Error): string {
  const at = stack.indexOf(message);
  return (at < 0 ? stack : stack.slice(at + message.length))
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
