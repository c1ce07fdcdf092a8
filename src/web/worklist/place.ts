import { getWorklist } from '../shell/room-api.ts';
import { filterOf } from './filter.ts';

/** Where in which list a visit was opened, so that signing it leads to the next. Kept as long as the tab. */
export interface Place {
  /** The list's filter, as its address has it. */
  readonly query: string;
  readonly index: number;
}

const KEY = 'fovea.place';

export function keepPlace(place: Place): void {
  sessionStorage.setItem(KEY, JSON.stringify(place));
}

export function keptPlace(): Place | undefined {
  try {
    const { query, index } = JSON.parse(sessionStorage.getItem(KEY) ?? '') as Partial<Place>;
    if (typeof query === 'string' && Number.isInteger(index)) return { query, index: Math.max(0, index!) };
  } catch {
    // Nothing was kept, or by another program.
  }
  return undefined;
}

/** Rows looked through on either side; those between were signed by somebody else meanwhile. */
const REACH = 25;

/** A visit beside another, and where it stands in the list. */
export interface Neighbour {
  readonly id: string;
  readonly index: number;
}

/**
 * What stands before and after a visit in the list from which it was opened. A visit that has left the list (it was
 * signed) is followed by what stands in its place.
 */
export async function neighboursOf(
  visit: string,
  { query, index }: Place,
  signal?: AbortSignal,
): Promise<{ readonly before: Neighbour | undefined; readonly after: Neighbour | undefined }> {
  const offset = Math.max(0, index - REACH);
  const filter = filterOf(new URLSearchParams(query));
  const { visits } = await getWorklist(filter, { offset, limit: 2 * REACH + 1 }, signal);
  const found = visits.findIndex(({ id }) => id === visit);
  const at = found < 0 ? index - offset : found;
  const place = (i: number): Neighbour | undefined => {
    const row = visits[i];
    return row && { id: row.id, index: offset + i };
  };
  return { before: place(at - 1), after: place(found < 0 ? at : at + 1) };
}
