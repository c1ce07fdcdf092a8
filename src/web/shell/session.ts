import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import type { Role, Session } from '../../server/clinic-contract.ts';
import { getSession, logIn, logOut } from './room-api.ts';

const RANKS: readonly Role[] = ['technician', 'reader', 'senior', 'admin'];

/** What somebody with a role may give to others and to programs. */
export const rolesUpTo = (role: Role): readonly Role[] => RANKS.slice(0, RANKS.indexOf(role) + 1);

/** Whether a role may do what asks for at least another. The server judges; this only spares buttons that it refuses. */
export const isAtLeast = (role: Role, least: Role): boolean => RANKS.indexOf(role) >= RANKS.indexOf(least);

/** Without an answer about people (an older server, none at all) the one in front of the page is the local user. */
const LOCAL: Session = {
  user: { login: 'local', name: 'Local user', role: 'admin' },
  mode: 'single user',
  openId: null,
};

export const SessionContext = createContext<Session>(LOCAL);

/** Who is in front of the page. */
export const useUser = (): NonNullable<Session['user']> => use(SessionContext).user ?? LOCAL.user!;

export const useMay = (least: Role): boolean => isAtLeast(useUser().role, least);

/** @returns undefined until it is known */
export function useSession(): Session | undefined {
  const { data, isError } = useQuery({ queryKey: ['session'], queryFn: getSession });
  return data ?? (isError ? LOCAL : undefined);
}

export function useLogIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ login, password }: { readonly login: string; readonly password: string }) =>
      logIn(login, password),
    onSuccess: (session) => {
      queries.setQueryData(['session'], session);
      // What was refused before is asked for again.
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    },
  });
}

export function useLogOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: logOut,
    onSuccess: () => {
      // Nothing of one person's stays in the page for the next.
      queries.clear();
      window.location.reload();
    },
  });
}
