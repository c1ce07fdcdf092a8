import type {
  Audit,
  AuditVerdict,
  Batch,
  BatchItem,
  BatchItems,
  Jobs,
  NewReview,
  OutcomeResult,
  Patient,
  PatientDetail,
  PatientList,
  Performance,
  Report,
  Review,
  Role,
  Session,
  Settings,
  Storage,
  StorageVerdict,
  Taken,
  User,
  View,
  Visit,
  VisitImage,
  VisitState,
  Worklist,
} from '../../server/clinic-contract.ts';
import type { Evidence } from '../../server/contract.ts';
import type { Delivery, MadeToken, MadeWebhook, Token, Webhook } from '../../server/people/contract.ts';
import { call, json, send } from '../api.ts';

/** The reading room's routes, one function each. All throw ApiError with the server's refusal. */

type Plain = Readonly<Record<string, string | number | undefined>>;

/** `?a=1&b=2` of what is set; empty where nothing is. */
export function queryText(query: Plain): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return set.length > 0 ? `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}` : '';
}

const get = <T>(path: string, signal?: AbortSignal) => json<T>(call(path, signal && { signal }));

export interface WorklistFilter {
  readonly state?: VisitState | undefined;
  readonly result?: OutcomeResult | undefined;
  readonly batch?: string | undefined;
  readonly search?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly sort?: 'triage' | 'newest' | 'patient' | undefined;
}

interface Window {
  readonly offset: number;
  readonly limit: number;
}

export const getWorklist = (filter: WorklistFilter, window: Window, signal?: AbortSignal) =>
  get<Worklist>(`/worklist${queryText({ ...filter, ...window })}`, signal);

export const getViews = () => get<{ readonly views: readonly View[] }>('/views');
export const saveView = (view: View) => send<{ readonly views: readonly View[] }>('PUT', '/views', view);
export const removeView = (name: string) =>
  json<{ readonly views: readonly View[] }>(call(`/views/${encodeURIComponent(name)}`, { method: 'DELETE' }));

export const getVisit = (id: string, signal?: AbortSignal) => get<Visit>(`/visits/${id}`, signal);
export const signReview = (visit: string, review: NewReview) =>
  send<Review>('POST', `/visits/${visit}/reviews`, review);
export const makeReport = (visit: string, language: string, format: string) =>
  send<Report>('POST', `/visits/${visit}/reports`, { language, format });
export const reportAddress = (report: string) => `/api/reports/${report}/file`;

/** @param width wanted pixels across; the whole picture without */
export const pictureAddress = (image: string, width?: number) =>
  `/api/images/${image}/picture${queryText({ width })}`;
export const getEvidence = (image: string, model: string, label: string, signal?: AbortSignal) =>
  get<Evidence>(`/images/${image}/evidence${queryText({ model, label })}`, signal);
export const changeImage = (
  image: string,
  change: { readonly eye?: 'OD' | 'OS' | null; readonly patient?: string; readonly date?: string },
) => send<VisitImage>('PATCH', `/images/${image}`, change);
export const readAnew = (image: string) => send('POST', `/images/${image}/read`);

export const getPatients = (search: string, window: Window, signal?: AbortSignal) =>
  get<PatientList>(`/patients${queryText({ search, ...window })}`, signal);
export const getPatient = (id: string) => get<PatientDetail>(`/patients/${id}`);
export const changePatient = (id: string, change: Partial<Omit<Patient, 'id'>>) =>
  send<Patient>('PATCH', `/patients/${id}`, change);

export interface NewBatch {
  readonly name?: string;
  readonly pattern?: string;
  readonly table?: string;
}

/** What a pattern makes of file names. */
export interface Guess {
  readonly pattern: string | null;
  readonly matched: number;
  readonly of: number;
  readonly examples: readonly {
    readonly name: string;
    readonly patient: string | null;
    readonly eye: 'OD' | 'OS' | null;
    readonly date: string | null;
  }[];
}

export const getBatches = () => get<{ readonly batches: readonly Batch[] }>('/batches');
export const getBatch = (id: string) => get<Batch>(`/batches/${id}`);
export const openBatch = (batch: NewBatch) => send<Batch>('POST', '/batches', batch);
export const endBatch = (id: string) => send<Batch>('POST', `/batches/${id}/done`);
export const cancelBatch = (id: string) => send<Batch>('POST', `/batches/${id}/cancel`);
export const retryBatch = (id: string) => send<Batch>('POST', `/batches/${id}/retry`);
export const guessPattern = (names: readonly string[]) => send<Guess>('POST', '/batches/guess', { names });

export interface ItemFilter {
  readonly state?: BatchItem['state'] | undefined;
  readonly result?: OutcomeResult | undefined;
  readonly quality?: string | undefined;
  readonly eye?: 'OD' | 'OS' | undefined;
  readonly search?: string | undefined;
}
export const getBatchItems = (id: string, filter: ItemFilter, window: Window, signal?: AbortSignal) =>
  get<BatchItems>(`/batches/${id}/items${queryText({ ...filter, ...window })}`, signal);
export const exportAddress = (batch: string, format: 'csv' | 'json' | 'xlsx') =>
  `/api/batches/${batch}/export?format=${format}`;

/** Begins to send a large file of a batch in pieces. */
export const beginUpload = (batch: string, name: string, size: number) =>
  send<{ readonly id: string }>('POST', '/uploads', { batch, name, size });

/**
 * Sends the next piece of a large file.
 *
 * @returns what became of the file, after its last piece
 */
export async function sendPiece(
  upload: string,
  offset: number,
  piece: Blob,
  signal: AbortSignal,
): Promise<Taken | undefined> {
  const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
  const answer = await call(`/uploads/${upload}`, { method: 'PATCH', headers, body: piece, signal });
  return answer.status === 204 ? undefined : json<Taken>(Promise.resolve(answer));
}

/** Sends files of a batch; each under the name that tells whose eye it is. */
export function sendFiles(
  batch: string,
  files: readonly { readonly name: string; readonly file: File }[],
  signal: AbortSignal,
): Promise<Taken> {
  const body = new FormData();
  for (const { name, file } of files) body.append('file', file, name);
  return json<Taken>(call(`/batches/${batch}/files`, { method: 'POST', body, signal }));
}

export const getPerformance = (from: string | undefined, to: string | undefined) =>
  get<Performance>(`/performance${queryText({ from, to })}`);

export const getSettings = () => get<Settings>('/settings');
/** What is left out stays as somebody else may have set it. */
export const putSettings = (changed: Partial<Settings>) => send<Settings>('PUT', '/settings', changed);
export interface RuleTitle {
  readonly id: string;
  readonly version: string;
  readonly title: string;
}
export const getRules = async () => (await get<{ readonly rules: readonly RuleTitle[] }>('/rules')).rules;

export const getAudit = (search: string, window: Window, signal?: AbortSignal) =>
  get<Audit>(`/audit${queryText({ search, ...window })}`, signal);
export const verifyAudit = () => get<AuditVerdict>('/audit/verify');

export const getStorage = () => get<Storage>('/storage');
export const verifyStorage = () => send<StorageVerdict>('POST', '/storage/verify');

export interface Backup {
  readonly name: string;
  readonly bytes: number;
  readonly createdAt: string;
}
export const getBackups = async () =>
  (await get<{ readonly backups: readonly Backup[] }>('/backups')).backups;
export const makeBackup = () => send('POST', '/backups');
export const backupAddress = (name: string) => `/api/backups/${encodeURIComponent(name)}`;

export const getJobs = () => get<Jobs>('/jobs');
export const retryJobs = () => send('POST', '/jobs/retry');
export const retryJob = (id: string) => send('POST', `/jobs/${id}/retry`);
export const discardJob = (id: string) => call(`/jobs/${id}`, { method: 'DELETE' });

export const getUsers = async () => (await get<{ readonly users: readonly User[] }>('/users')).users;
export const addUser = (user: {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly password?: string;
}) => send<User>('POST', '/users', user);
export const changeUser = (
  id: string,
  change: {
    readonly name?: string;
    readonly role?: Role;
    readonly disabled?: boolean;
    readonly password?: string;
  },
) => send<User>('PATCH', `/users/${id}`, change);

export const getTokens = async () => (await get<{ readonly tokens: readonly Token[] }>('/tokens')).tokens;
export const makeToken = (token: { readonly name: string; readonly role: Role; readonly days: number }) =>
  send<MadeToken>('POST', '/tokens', token);
export const revokeToken = (id: string) => call(`/tokens/${id}`, { method: 'DELETE' });

export const getWebhooks = async () =>
  (await get<{ readonly webhooks: readonly Webhook[] }>('/webhooks')).webhooks;
export const addWebhook = (webhook: Pick<Webhook, 'url' | 'events'>) =>
  send<MadeWebhook>('POST', '/webhooks', webhook);
export const changeWebhook = (id: string, change: Partial<Pick<Webhook, 'events' | 'disabled'>>) =>
  send<Webhook>('PATCH', `/webhooks/${id}`, change);
export const removeWebhook = (id: string) => call(`/webhooks/${id}`, { method: 'DELETE' });
export const testWebhook = (id: string) => call(`/webhooks/${id}/test`, { method: 'POST' });
export const getDeliveries = async (id: string) =>
  (await get<{ readonly deliveries: readonly Delivery[] }>(`/webhooks/${id}/deliveries`)).deliveries;

export const getSession = () => get<Session>('/session');
export const logIn = (login: string, password: string) =>
  send<Session>('POST', '/session', { login, password });
/** Logs the account out everywhere else. */
export const changeOwnPassword = (current: string, next: string) =>
  send<Session>('PUT', '/session/password', { current, next });
export const logOut = () => call('/session', { method: 'DELETE' });
