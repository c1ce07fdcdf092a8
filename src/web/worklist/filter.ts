import type { OutcomeResult, VisitState } from '../../server/clinic-contract.ts';
import type { WorklistFilter } from '../shell/room-api.ts';

export const STATES: readonly VisitState[] = ['open', 'waiting', 'signed', 'retake'];
export const RESULTS: readonly OutcomeResult[] = ['positive', 'ungradable', 'negative'];
export const SORTS = ['triage', 'newest', 'patient'] as const;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const oneOf = <T extends string>(all: readonly T[], value: string | null): T | undefined =>
  all.find((one) => one === value);
const like = (pattern: RegExp, value: string | null) => (value && pattern.test(value) ? value : undefined);

/** `state` in the address for visits in every state; without one it is what a human is to read. */
const EVERY_STATE = 'all';

/** What an address asks the worklist for; what it says wrongly is left out. */
export function filterOf(query: URLSearchParams): WorklistFilter {
  const state = query.get('state');
  return {
    state: state === EVERY_STATE ? undefined : (oneOf(STATES, state) ?? 'open'),
    result: oneOf(RESULTS, query.get('result')),
    batch: like(ID, query.get('batch')),
    search: query.get('search')?.slice(0, 200) || undefined,
    from: like(DAY, query.get('from')),
    to: like(DAY, query.get('to')),
    sort: oneOf(SORTS, query.get('sort')) ?? 'triage',
  };
}

/** The other way round; what goes without saying is not said. */
export function queryOf({ state, sort, ...rest }: WorklistFilter): string {
  const query = new URLSearchParams();
  if (state !== 'open') query.set('state', state ?? EVERY_STATE);
  if (sort && sort !== 'triage') query.set('sort', sort);
  for (const [key, value] of Object.entries(rest)) if (value) query.set(key, value);
  return query.toString();
}

/** Whether anything but the state narrows it. */
export const isNarrowed = ({ result, batch, search, from, to }: WorklistFilter): boolean =>
  [result, batch, search, from, to].some((one) => one !== undefined);
