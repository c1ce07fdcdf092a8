import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { use, useState } from 'react';
import type { Role, User } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { dayText } from '../shell/dates.ts';
import { Failed, Waiting } from '../shell/page.tsx';
import { changeUser, getUsers } from '../shell/room-api.ts';
import { SessionContext } from '../shell/session.ts';
import classes from './admin.module.css';
import { NewPassword } from './new-password.tsx';
import { NewUser } from './new-user.tsx';
import { ROLES } from './roles.ts';

/** Who may do what. */
export function UsersTab() {
  const { mode } = use(SessionContext);
  const { data: users, error, refetch } = useQuery({ queryKey: ['users'], queryFn: getUsers });
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      {mode === 'single user' && (
        <p className={classes.note}>
          Whoever sits at this machine is the one local user, with every right. With the first account
          everybody has to log in: make it one for yourself, with the role admin.
        </p>
      )}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!users && !error && <Waiting />}
      {users && users.length > 0 && <Users users={users} />}
      {users && (
        <div className={classes.actions}>
          <Button onClick={() => setAdding(true)}>Add somebody…</Button>
        </div>
      )}
      {isAdding && <NewUser onClose={() => setAdding(false)} isFirst={users?.length === 0} />}
    </>
  );
}

function Users({ users }: { readonly users: readonly User[] }) {
  const queries = useQueryClient();
  const { user: own } = use(SessionContext);
  const [withPassword, setWithPassword] = useState<User>();
  const change = useMutation({
    mutationFn: ({ id, ...rest }: { id: string; role?: Role; disabled?: boolean }) => changeUser(id, rest),
    onSettled: () => queries.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <>
      {change.error && <FailureCard failure={failureOf(change.error)} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="People">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Log-in name</th>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
              <th scope="col">
                <span className="spoken">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => {
              const { id, login, name, role, disabled, createdAt } = user;
              return (
                <tr key={id} data-off={disabled || undefined}>
                  <th scope="row">{login}</th>
                  <td>{name}</td>
                  <td>
                    <select
                      aria-label={`Role of ${login}`}
                      value={role}
                      onChange={({ currentTarget }) =>
                        change.mutate({ id, role: currentTarget.value as Role })
                      }
                    >
                      {ROLES.map(({ value }) => (
                        <option key={value}>{value}</option>
                      ))}
                    </select>
                  </td>
                  <td>{dayText(createdAt.slice(0, 10))}</td>
                  <td className={classes.buttons}>
                    <Button variant="subtle" size="compact-sm" onClick={() => setWithPassword(user)}>
                      New password
                    </Button>
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      color="gray"
                      disabled={login === own?.login && !disabled}
                      onClick={() => change.mutate({ id, disabled: !disabled })}
                    >
                      {disabled ? 'Let in again' : 'Shut out'}
                    </Button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {withPassword && <NewPassword user={withPassword} onClose={() => setWithPassword(undefined)} />}
    </>
  );
}
