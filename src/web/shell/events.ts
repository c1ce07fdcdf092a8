import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RoomEvent } from '../../server/clinic-contract.ts';

/** Milliseconds within which what changes is fetched again once: a batch tells of each of its images. */
const PACE = 1000;

/** First parts of the keys of what an event changes. */
const CHANGED: Readonly<Record<RoomEvent['type'], readonly string[]>> = {
  batch: ['batches', 'batch', 'batch items', 'worklist', 'jobs', 'storage'],
  visit: ['visit', 'worklist', 'patient', 'patients', 'performance', 'batch items'],
};

/** Fetches again what the server says has changed, at most once a second. */
export function useRoomEvents(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const source = new EventSource('/api/events');
    const refresh = paced(queries);
    let wasLost = false;
    source.onmessage = ({ data }) => {
      const event = parse(String(data));
      if (event) refresh(CHANGED[event.type]);
    };
    // What happened while the line was down was not told.
    source.onerror = () => {
      wasLost = true;
      void queries.invalidateQueries({ queryKey: ['health'] });
      // Refused, not cut off: the session has ended, and the page asks who is there.
      if (source.readyState === EventSource.CLOSED) void queries.invalidateQueries({ queryKey: ['session'] });
    };
    source.onopen = () => {
      if (wasLost) refresh([...CHANGED.batch, ...CHANGED.visit]);
      wasLost = false;
    };
    return () => {
      refresh.stop();
      source.close();
      // Nor is what happens while another page is open: it is asked for anew when one comes back.
      for (const key of [...CHANGED.batch, ...CHANGED.visit])
        void queries.invalidateQueries({ queryKey: [key], refetchType: 'none' });
    };
  }, [queries]);
}

function parse(text: string): RoomEvent | undefined {
  try {
    const event = JSON.parse(text) as RoomEvent;
    return Object.hasOwn(CHANGED, event.type) ? event : undefined;
  } catch {
    return undefined; // A line that only keeps the connection open.
  }
}

function paced(queries: QueryClient) {
  const due = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const keys = [...due];
    due.clear();
    for (const key of keys) void queries.invalidateQueries({ queryKey: [key] }, { cancelRefetch: false });
  };
  const refresh = (keys: readonly string[]) => {
    for (const key of keys) due.add(key);
    timer ??= setTimeout(flush, PACE);
  };
  refresh.stop = () => clearTimeout(timer);
  return refresh;
}
