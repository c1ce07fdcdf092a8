import {
  MutationCache,
  QueryCache,
  QueryClient,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect } from 'react';
import { takeTurns } from '../core/turns.ts';
import type { Method, ModelChange, ModelInfo, Reading } from '../server/contract.ts';
import {
  ApiError,
  alike,
  type Circle,
  changeModel,
  classify,
  explain,
  getGraph,
  getHealth,
  getModels,
  getPreview,
  LOGIN_REQUIRED,
  OFFLINE,
  occlude,
  openModel,
  removeModel,
} from './api.ts';
import type { Picture } from './pictures.ts';

const inTurn = takeTurns(2);

/** Milliseconds from one knock at a server that is gone to the next. */
const KNOCK = 2000;

const isOffline = (error: unknown) => error instanceof ApiError && error.failure.code === OFFLINE;

const isLoggedOut = (error: unknown) => error instanceof ApiError && error.failure.code === LOGIN_REQUIRED;

/** The page's requests and what they brought. */
export function createQueries(): QueryClient {
  // Who is not known any more is asked to log in, by the session's own answer.
  const askAgain = () => queries.invalidateQueries({ queryKey: ['session'] });
  const queries = new QueryClient({
    mutationCache: new MutationCache({
      onError: (error) => {
        if (isLoggedOut(error)) void askAgain();
      },
    }),
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        if (isLoggedOut(error)) void askAgain();
        if (!isOffline(error) || queryKey[0] === 'health') return;
        setTimeout(() => queries.invalidateQueries({ queryKey: ['health'] }), KNOCK);
      },
    }),
    defaultOptions: {
      // The server is this machine's: whether the internet is there says nothing, and asking at once again neither.
      queries: { networkMode: 'always', retry: false, staleTime: Infinity, refetchOnWindowFocus: false },
      mutations: { networkMode: 'always' },
    },
  });
  return queries;
}

/** Whether the server answers; asked often while it does not, and what failed meanwhile is then done again. */
export function useHealth() {
  const queries = useQueryClient();
  const health = useQuery({
    queryKey: ['health'],
    queryFn: getHealth,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.status === 'error' ? KNOCK : 15000),
  });
  const { dataUpdatedAt } = health;
  useEffect(() => {
    if (dataUpdatedAt === 0) return;
    void queries.refetchQueries({ predicate: ({ state }) => isOffline(state.error) });
  }, [dataUpdatedAt, queries]);
  return health;
}

export const useModels = () => useQuery({ queryKey: ['models'], queryFn: getModels });

/** What a model's file tells of itself; it never changes under a hash. */
export const useGraph = ({ manifest: { name, sha256 } }: ModelInfo) =>
  useQuery({ queryKey: ['graph', sha256], queryFn: () => getGraph(name) });

/**
 * One reading a picture, for this model under its contract of now: a change of either reads again.
 *
 * @param isChosen whether the user chose the model; else a picture of another kind gets one that reads its kind
 */
export const useReadings = (
  pictures: readonly Picture[],
  model: ModelInfo | undefined,
  { isChosen, operatingPoint }: { readonly isChosen: boolean; readonly operatingPoint: string | undefined },
) =>
  useQueries({
    queries: pictures.map(({ id, file, override }) => ({
      queryKey: ['reading', id, JSON.stringify(model?.manifest), override, isChosen, operatingPoint],
      queryFn: ({ signal }: { signal: AbortSignal }): Promise<Reading> =>
        inTurn(
          () =>
            classify(
              file,
              { model: isChosen ? model!.manifest.name : undefined, override, operatingPoint },
              signal,
            ),
          signal,
        ),
      enabled: model !== undefined,
    })),
  });

export type ReadingState = ReturnType<typeof useReadings>[number];

/** What a picture is asked about: it and the model. */
interface Asked {
  readonly picture: Picture | undefined;
  readonly model: ModelInfo | undefined;
}

/** The map of a class by a method; asked for once each, so that one can go back and forth between them. */
export const useMap = (
  { picture, model }: Asked,
  label: string | undefined,
  method: Method | undefined,
  isWanted: boolean,
) =>
  useQuery({
    queryKey: ['map', picture?.id, JSON.stringify(model?.manifest), label, method, picture?.override],
    queryFn: ({ signal }) =>
      explain(
        picture!.file,
        { model: model!.manifest.name, override: picture!.override, label: label!, method },
        signal,
      ),
    enabled: isWanted && picture !== undefined && model !== undefined && label !== undefined,
  });

/** The synthetic eyes that the model sees most like the picture. */
export const useAlike = ({ picture, model }: Asked) =>
  useQuery({
    queryKey: ['alike', picture?.id, model?.manifest.sha256, picture?.override],
    queryFn: ({ signal }) =>
      alike(picture!.file, { model: model!.manifest.name, override: picture!.override }, signal),
    enabled: picture !== undefined && model !== undefined,
  });

/** The probabilities without what was taken away; until they come, those from before the last step. */
export function useOcclusion({ picture, model }: Asked, circles: readonly Circle[]) {
  const asked = ['occlusion', picture?.id, JSON.stringify(model?.manifest), picture?.override];
  return useQuery({
    queryKey: [...asked, circles],
    queryFn: ({ signal }) =>
      occlude(picture!.file, { model: model!.manifest.name, override: picture!.override }, circles, signal),
    enabled: picture !== undefined && model !== undefined && circles.length > 0,
    placeholderData: (last, lastQuery) =>
      asked.every((part, i) => lastQuery?.queryKey[i] === part) ? last : undefined,
  });
}

/** The picture as PNG, for what the browser cannot show. */
export const usePreview = ({ id, file }: Picture, needed: boolean) =>
  useQuery({
    queryKey: ['preview', id],
    queryFn: ({ signal }) => getPreview(file, signal),
    enabled: needed,
  });

/** Opening, correcting and removing models; the list is fetched again after each. */
export function useModelChanges() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['models'] });
  return {
    open: useMutation({
      mutationFn: ({ model, labels }: { model: File; labels: File | undefined }) => openModel(model, labels),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ name, change }: { name: string; change: ModelChange }) => changeModel(name, change),
      onSuccess,
    }),
    remove: useMutation({ mutationFn: removeModel, onSuccess }),
  };
}

export type ModelChanges = ReturnType<typeof useModelChanges>;
