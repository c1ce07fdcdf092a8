import type { AddressInfo } from 'node:net';
import { demandSafety } from '../people/index.ts';
import { StoredPeople } from '../store/index.ts';
import { type AppOptions, buildApp, exposureOf } from './app.ts';

export interface StartOptions extends AppOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface Server {
  /** What to open in a browser, e.g. `http://127.0.0.1:4280`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Starts the page and the API, and loads the default model meanwhile, so that the first picture does not wait for it.
 *
 * @throws FoveaError `TLS_REQUIRED`, `ACCOUNT_REQUIRED` where others could reach it, and it is not made for that
 * @throws RangeError with a sentence for the user when the address cannot be had
 */
export async function startServer({ port, ...options }: StartOptions): Promise<Server> {
  const { host, registry, store, tls } = options;
  demandSafety(exposureOf(options), store !== undefined && (await new StoredPeople(store.db).hasAdmin()));
  const app = await buildApp(options);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw new RangeError(refusal(cause as NodeJS.ErrnoException, host, port), { cause });
  }
  // Why it does not load is told to whoever asks for it.
  const loading = registry
    .defaultName()
    .then((name) => registry.open(name))
    .catch(() => {});
  const { port: chosen } = app.server.address() as AddressInfo;
  return {
    address: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${chosen}`,
    // Loading writes to the data folder, which is the caller's again once the server is closed.
    close: async () => {
      await app.close();
      await loading;
    },
  };
}

const REFUSALS: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} of ${host} is taken by another program (or by Fovea itself). Choose another: PORT=${port + 1} npm start`,
  EACCES: (_, port) => `The system does not let this user listen on port ${port}. Choose one above 1023.`,
  EADDRNOTAVAIL: (host) => `This machine has no address ${host}. Leave HOST out, or set it to 127.0.0.1.`,
  ENOTFOUND: (host) => `There is no host called ${host}. Leave HOST out, or set it to 127.0.0.1.`,
};

const refusal = ({ code = '', message }: NodeJS.ErrnoException, host: string, port: number) =>
  REFUSALS[code]?.(host, port) ?? `Fovea cannot listen on ${host}, port ${port}: ${message}`;
