import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import type { OpenIdOptions } from '../people/index.ts';

/** What the surroundings decide: where data lies, where the server listens. The one reader of `process.env`. */
export interface Environment {
  /** `HOST`, default 127.0.0.1: nothing outside this machine reaches the server unless someone says so. */
  readonly host: string;
  /** `PORT`, default 4280; 0 lets the system choose. */
  readonly port: number;
  /** `FOVEA_DATA`, default the platform's own data folder. */
  readonly dataFolder: string;
  /** `FOVEA_THREADS`, threads within a model's operators; default 0, ONNX Runtime's choice. */
  readonly threads: number;
  /** `DATABASE_URL`, a PostgreSQL of the user's; undefined = one of Fovea's own in the data folder. */
  readonly databaseUrl: string | undefined;
  /** `FOVEA_WORKERS`, processes that read images; default one a core, four at most; 0 leaves it to `fovea worker`. */
  readonly workers: number;
  /** `FOVEA_TLS_CERT` and `FOVEA_TLS_KEY`, PEM files; undefined = no TLS. */
  readonly tlsFiles: { readonly cert: string; readonly key: string } | undefined;
  /** `FOVEA_TRUST_PROXY`, addresses or networks of proxies that speak TLS before the server, separated by commas. */
  readonly proxies: readonly string[];
  /**
   * `FOVEA_OIDC_ISSUER`, `FOVEA_OIDC_CLIENT_ID`, `FOVEA_OIDC_CLIENT_SECRET`, `FOVEA_OIDC_CLAIM`, `FOVEA_OIDC_NAME`: an OpenID
   * provider by which people may log in; undefined = none.
   */
  readonly openId: OpenIdOptions | undefined;
}

/** Each holds its models in memory, some 300 MB. */
const MOST_WORKERS = 4;

/** @throws RangeError for what cannot be meant: a number that is none, a certificate without a key */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    host: env.HOST || '127.0.0.1',
    port: wholeNumber('PORT', env.PORT, 4280, 65535),
    dataFolder: env.FOVEA_DATA || envPaths('fovea', { suffix: '' }).data,
    threads: wholeNumber('FOVEA_THREADS', env.FOVEA_THREADS, 0, 256),
    databaseUrl: env.DATABASE_URL || undefined,
    workers: wholeNumber(
      'FOVEA_WORKERS',
      env.FOVEA_WORKERS,
      Math.min(availableParallelism(), MOST_WORKERS),
      64,
    ),
    tlsFiles: tlsFiles(env.FOVEA_TLS_CERT, env.FOVEA_TLS_KEY),
    proxies: addresses('FOVEA_TRUST_PROXY', env.FOVEA_TRUST_PROXY),
    openId: openId(env),
  };
}

/** The surroundings of a worker on the same data: it has one thread, because there are as many workers as cores. */
export const workerEnvironment = ({ dataFolder, databaseUrl }: Environment): NodeJS.ProcessEnv => ({
  ...process.env,
  FOVEA_DATA: dataFolder,
  ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  FOVEA_THREADS: '1',
});

/** The command itself, to be started again. */
export const command = fileURLToPath(new URL('../../bin/fovea.mjs', import.meta.url));

/** The folder of the models shipped with Fovea; it lies beside `src/` and `dist/` alike. */
export const shippedModels = fileURLToPath(new URL('../../models', import.meta.url));

/** The folder of what is known of the shipped models' explanations. */
export const shippedEvidence = fileURLToPath(new URL('../../evidence', import.meta.url));

/** The folder of the built page. */
export const webFolder = fileURLToPath(new URL('../../dist/web', import.meta.url));

function wholeNumber(name: string, text: string | undefined, fallback: number, max: number): number {
  if (!text) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from 0 to ${max}, not "${text}".`);
}

function tlsFiles(cert: string | undefined, key: string | undefined): Environment['tlsFiles'] {
  if (cert && key) return { cert, key };
  if (!cert && !key) return undefined;
  throw new RangeError(
    `FOVEA_TLS_CERT and FOVEA_TLS_KEY belong together; ${cert ? 'FOVEA_TLS_KEY' : 'FOVEA_TLS_CERT'} is missing.`,
  );
}

function openId({
  FOVEA_OIDC_ISSUER: issuer,
  FOVEA_OIDC_CLIENT_ID: clientId,
  FOVEA_OIDC_CLIENT_SECRET: clientSecret,
  FOVEA_OIDC_CLAIM: claim,
  FOVEA_OIDC_NAME: name,
}: NodeJS.ProcessEnv): Environment['openId'] {
  if (!issuer) return undefined;
  if (!clientId)
    throw new RangeError(
      'FOVEA_OIDC_ISSUER and FOVEA_OIDC_CLIENT_ID belong together; FOVEA_OIDC_CLIENT_ID is missing.',
    );
  return {
    ...{ issuer, clientId, clientSecret: clientSecret || undefined },
    ...{ claim: claim || undefined, name: name || undefined },
  };
}

/** An address, or a network as `10.0.0.0/8`. */
function addresses(name: string, text = ''): string[] {
  const list = text.split(',').flatMap((one) => one.trim() || []);
  for (const one of list) {
    const [address = '', bits = '1', ...rest] = one.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    // A network of no bits is everybody.
    const isNetwork =
      /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most && rest.length === 0;
    if (isIP(address) === 0 || !isNetwork) {
      throw new RangeError(
        `${name} must be addresses separated by commas, such as "127.0.0.1, 10.0.0.0/24", not "${one}".`,
      );
    }
  }
  return list;
}
