import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { View } from '../../server/clinic-contract.ts';
import { getViews, removeView, saveView } from '../shell/room-api.ts';

/** The saved views of whoever is there, by name; kept by the server. */
export function useViews() {
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: ['views'], queryFn: getViews });
  const onSuccess = (answer: Awaited<ReturnType<typeof getViews>>) => queries.setQueryData(['views'], answer);
  const saving = useMutation({ mutationFn: saveView, onSuccess });
  const removing = useMutation({ mutationFn: removeView, onSuccess });
  return {
    all: data?.views ?? [],
    /** One of the same name gives way. */
    save: (view: View, onSuccess: () => void) => saving.mutate(view, { onSuccess }),
    remove: (name: string) => removing.mutate(name),
    error: saving.error ?? removing.error,
  };
}
