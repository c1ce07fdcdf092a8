import type {
  Alike,
  ClassifyAnswer,
  ErrorAnswer,
  Evidence,
  GraphInfo,
  Health,
  Method,
  ModelChange,
  ModelInfo,
  ModelList,
  Occlusion,
  Reading,
} from '../server/contract.ts';
import { isNobodyThere } from './shell/presence.ts';

export type Failure = ErrorAnswer['error'];

/** A refusal of the server's, or that there is no server; what the page shows of anything that went wrong. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export const OFFLINE = 'OFFLINE';

const offline: Failure = {
  code: OFFLINE,
  message: 'Fovea’s server does not answer.',
  hint: 'Start it again with “npm start”. This page goes on by itself as soon as it is back.',
};

/** The code of an answer to somebody who has to log in first. */
export const LOGIN_REQUIRED = 'LOGIN_REQUIRED';

/**
 * Asks the server.
 *
 * @throws ApiError its refusal, or that it does not answer
 */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, withPresence(init));
  } catch (thrown) {
    if (init.signal?.aborted) throw thrown;
    throw new ApiError(offline);
  }
  if (response.ok) return response;
  const answer = (await response.json().catch(() => undefined)) as ErrorAnswer | undefined;
  throw new ApiError(
    answer?.error ?? { code: 'INTERNAL', message: `The server answered with status ${response.status}.` },
  );
}

/** Whoever sends something is there; what only looks may be the page by itself. */
const withPresence = (init: RequestInit): RequestInit =>
  init.method === undefined && isNobodyThere() ? { ...init, headers: { 'fovea-background': '1' } } : init;

export const json = async <T>(response: Promise<Response>): Promise<T> =>
  (await response).json() as Promise<T>;

/** Sends JSON and takes JSON back. */
export const send = <T>(method: 'POST' | 'PUT' | 'PATCH', path: string, body: unknown = {}): Promise<T> =>
  json<T>(
    call(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  );

const form = (fields: Record<string, File | undefined>): FormData => {
  const data = new FormData();
  for (const [name, file] of Object.entries(fields)) if (file) data.append(name, file, file.name);
  return data;
};

const at = (name: string) => `/models/${encodeURIComponent(name)}`;

export const getHealth = () => json<Health>(call('/health'));

export const getModels = async (): Promise<ModelInfo[]> => (await json<ModelList>(call('/models'))).models;

export const getGraph = (name: string) => json<GraphInfo>(call(`${at(name)}/graph`));

/** Where a model's ONNX graph is downloaded from. */
export const onnxAddress = (name: string) => `/api${at(name)}/onnx`;

export const openModel = (model: File, labels: File | undefined) =>
  json<ModelInfo>(call('/models', { method: 'POST', body: form({ model, labels }) }));

export const changeModel = (name: string, change: ModelChange) => send<ModelInfo>('PATCH', at(name), change);

export const removeModel = (name: string) => call(at(name), { method: 'DELETE' });

/** Which model is asked, and why although the gate refused the picture. */
export interface Question {
  /** Undefined: the default one, or one that reads pictures of this kind. */
  readonly model: string | undefined;
  readonly override: string | undefined;
  readonly operatingPoint?: string | undefined;
}

const asked = ({ model, override, operatingPoint }: Question) => ({
  ...(model && { model }),
  ...(override && { override }),
  ...(operatingPoint && { operatingPoint }),
});

/** @throws ApiError why this picture was not read */
export async function classify(image: File, question: Question, signal: AbortSignal): Promise<Reading> {
  const path = `/classify?${new URLSearchParams(asked(question))}`;
  const { results } = await json<ClassifyAnswer>(
    call(path, { method: 'POST', body: form({ image }), signal }),
  );
  const [result] = results;
  if (!result) throw new ApiError({ code: 'INTERNAL', message: 'The server answered with no result.' });
  if ('error' in result) throw new ApiError(result.error);
  return result;
}

/**
 * Where in a picture a model sees a class, by the method of choice or the model's default.
 *
 * @throws ApiError why there is no such map
 */
export const explain = (
  image: File,
  { label, method, ...question }: Question & { label: string; method: Method | undefined },
  signal: AbortSignal,
): Promise<Evidence> => {
  const query = new URLSearchParams({ ...asked(question), class: label, ...(method && { method }) });
  return json<Evidence>(call(`/explain?${query}`, { method: 'POST', body: form({ image }), signal }));
};

/** The synthetic eyes that a model sees most like a picture. */
export const alike = (image: File, question: Question, signal: AbortSignal): Promise<Alike> =>
  json<Alike>(
    call(`/alike?${new URLSearchParams(asked(question))}`, { method: 'POST', body: form({ image }), signal }),
  );

/** A circle in pixels of the upright picture. */
export interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** What the model answers without some parts of a picture. */
export const occlude = (
  image: File,
  question: Question,
  circles: readonly Circle[],
  signal: AbortSignal,
): Promise<Occlusion> => {
  const query = new URLSearchParams([
    ...Object.entries(asked(question)),
    ...circles.map(({ x, y, radius }) => ['circle', [x, y, radius].map((n) => n.toFixed(2)).join()]),
  ]);
  return json<Occlusion>(call(`/occlude?${query}`, { method: 'POST', body: form({ image }), signal }));
};

/** A picture that the browser cannot show, as one that it can. */
export const getPreview = async (image: File, signal: AbortSignal): Promise<Blob> =>
  (await call('/preview', { method: 'POST', body: form({ image }), signal })).blob();

/** A synthetic eye to try with. */
export async function getSample(): Promise<File> {
  const drawing = await (await call('/sample')).blob();
  return new File([drawing], 'synthetic eye.png', { type: drawing.type });
}

/** Anything thrown, as something to show. */
export const failureOf = (thrown: unknown): Failure =>
  thrown instanceof ApiError
    ? thrown.failure
    : { code: 'INTERNAL', message: 'Something went wrong on this page.', received: String(thrown) };
