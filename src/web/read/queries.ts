import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { NewReview, Visit } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import type { EyeEvidence } from '../reading/heat-map-layer.tsx';
import { lastReading, readingImages, type Shown } from '../reading/images.ts';
import { EYES, type Eye } from '../reading/pair-view.ts';
import { prepare } from '../reading/picture-source.ts';
import { forgetDraft } from '../reading/verdict-form.tsx';
import { getEvidence, getVisit, signReview } from '../shell/room-api.ts';
import { keptPlace, type Neighbour, neighboursOf, type Place } from '../worklist/place.ts';

const visitQuery = (id: string) => ({
  queryKey: ['visit', id],
  queryFn: ({ signal }: { signal: AbortSignal }) => getVisit(id, signal),
});

export const useVisit = (id: string) => useQuery(visitQuery(id));

/** Earlier visits that are fetched with their images: the latest tell most. */
const EARLIER = 3;

/** The patient's visits before this one, the latest first. */
export function useEarlier(visit: Visit | undefined): readonly Visit[] {
  const earlier = (visit?.others ?? []).filter(({ date }) => visit && date < visit.date).slice(0, EARLIER);
  const answers = useQueries({ queries: earlier.map(({ id }) => visitQuery(id)) });
  return answers.flatMap(({ data }) => (data ? [data] : []));
}

/** The list of what is to be read, from its top: where nobody came from another. */
const TOP: Place = { query: '', index: 0 };

/** What stands before and after the visit in the list that it was opened from; the next one is made ready. */
export function useNeighbours(id: string) {
  const queries = useQueryClient();
  const place = keptPlace() ?? TOP;
  const { data } = useQuery({
    queryKey: ['worklist', 'neighbours', id, place],
    queryFn: ({ signal }) => neighboursOf(id, place, signal),
  });
  const after = data?.after?.id;
  useEffect(() => {
    if (!after) return;
    void queries.fetchQuery(visitQuery(after)).then(
      (visit) => {
        for (const { isPrior, url } of readingImages(visit).slice(0, 2)) if (!isPrior) prepare(url);
      },
      () => {}, // It says why when it is opened.
    );
  }, [after, queries]);
  return { place, before: data?.before, after: data?.after };
}

export type Neighbours = { readonly before: Neighbour | undefined; readonly after: Neighbour | undefined };

/** Where the models looked in the images that are shown; asked for once the heat-map is on. */
export function useShownEvidence(
  visit: Visit,
  shown: Shown,
  isWanted: boolean,
): Readonly<Partial<Record<Eye, EyeEvidence>>> {
  const asked = EYES.map((eye) => {
    const image = visit.imageList.find(({ id }) => id === shown[eye]);
    const reading = image && lastReading(image);
    return { eye, image: image?.id, model: reading?.model.name, label: image?.explained ?? undefined };
  });
  const answers = useQueries({
    queries: asked.map(({ image, model, label }) => ({
      queryKey: ['evidence', image, model, label],
      queryFn: ({ signal }: { signal: AbortSignal }) => getEvidence(image!, model!, label!, signal),
      enabled: isWanted && image !== undefined && label !== undefined,
    })),
  });
  const known = asked.flatMap(({ eye, label }, i): [Eye, EyeEvidence][] => {
    const { data, error } = answers[i]!;
    if (label === undefined) return [];
    if (error) return [[eye, { state: 'failed', words: failureOf(error).message }]];
    return [[eye, data ? { state: 'ready', evidence: data } : { state: 'loading' }]];
  });
  return Object.fromEntries(known);
}

/** Signs; what is shown of the visit anywhere is then fetched anew. */
export function useSigning(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (review: NewReview) => signReview(id, review),
    onSuccess: async () => {
      forgetDraft(id);
      for (const key of ['worklist', 'patient', 'patients', 'performance', 'batch items']) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
      await queries.invalidateQueries({ queryKey: ['visit', id] });
    },
    // Somebody else's signature in between: it is shown.
    onError: () => void queries.invalidateQueries({ queryKey: ['visit', id] }),
  });
}
