import { Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Token } from '../../server/people/contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { momentText } from './dates.ts';
import { NewToken } from './new-token.tsx';
import classes from './own-tokens.module.css';
import { Failed, Waiting } from './page.tsx';
import { getTokens, revokeToken } from './room-api.ts';
import { useUser } from './session.ts';
import { ShownOnce } from './shown-once.tsx';
import { SureButton } from './sure-button.tsx';

/** By what programs act for whoever is logged in; an administrator sees everybody's. */
export function OwnTokens({ onClose }: { readonly onClose: () => void }) {
  const { data: tokens, error, refetch } = useQuery({ queryKey: ['tokens'], queryFn: getTokens });
  const [made, setMade] = useState<string>();
  return (
    <Modal opened onClose={onClose} title="Tokens" size={760}>
      <div className={classes.dialogue}>
        <p className={classes.note}>
          A program that sends <code>Authorization: Bearer fvt_…</code> may do what the token’s role may, in
          your name.
        </p>
        {made && (
          <ShownOnce title="Your new token" text={made}>
            Whoever has it can do the same.
          </ShownOnce>
        )}
        {error && <Failed error={error} onRetry={() => void refetch()} />}
        {!tokens && !error && <Waiting />}
        {tokens && tokens.length > 0 && <Tokens tokens={tokens} />}
        <NewToken onMade={setMade} />
      </div>
    </Modal>
  );
}

function Tokens({ tokens }: { readonly tokens: readonly Token[] }) {
  const queries = useQueryClient();
  const { login: own } = useUser();
  const revoke = useMutation({
    mutationFn: revokeToken,
    onSettled: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const hasOthers = tokens.some(({ login }) => login !== own);
  return (
    <>
      {revoke.error && <FailureCard failure={failureOf(revoke.error)} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Tokens that were made">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">For</th>
              {hasOthers && <th scope="col">Whose</th>}
              <th scope="col">Role</th>
              <th scope="col">Until</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="spoken">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.map((token) => {
              const { id, name, login, role, expiresAt, lastUsedAt } = token;
              const end = endOf(token);
              return (
                <tr key={id} data-off={end !== null || undefined}>
                  <th scope="row">{name}</th>
                  {hasOthers && <td>{login}</td>}
                  <td>{role}</td>
                  <td>{end ?? (expiresAt ? momentText(expiresAt) : 'for ever')}</td>
                  <td>{lastUsedAt ? momentText(lastUsedAt) : 'never'}</td>
                  <td className={classes.buttons}>
                    {end === null && (
                      <SureButton
                        word="Revoke"
                        question="Really revoke?"
                        label={name}
                        isPending={revoke.isPending && revoke.variables === id}
                        onSure={() => revoke.mutate(id)}
                      />
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** Why it is good for nothing any more; null as long as it is. */
function endOf({ revoked, expiresAt }: Token): string | null {
  if (revoked) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : null;
}
