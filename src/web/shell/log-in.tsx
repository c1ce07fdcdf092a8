import { Button, Divider, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Failure, failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { Mark } from '../icons.tsx';
import classes from './log-in.module.css';
import { useLogIn } from './session.ts';

/** What the server sends the browser back with from the OpenID provider. */
const REFUSALS: Readonly<Record<string, Failure>> = {
  OPENID_REFUSED: {
    code: 'OPENID_REFUSED',
    message: 'That log-in did not lead to an account here.',
    hint: 'Begin again, or ask an administrator for an account of your name.',
  },
  OPENID_UNAVAILABLE: {
    code: 'OPENID_UNAVAILABLE',
    message: 'The log-in of your organisation does not answer.',
    hint: 'Try again in a moment, or log in with a password.',
  },
  TOO_MANY_REQUESTS: {
    code: 'TOO_MANY_REQUESTS',
    message: 'That was too often in a short time.',
    hint: 'Wait a few minutes, then try again.',
  },
};

/**
 * Before anything is shown, who is there.
 *
 * @param openId what the OpenID provider is called, where there is one
 */
export function LogIn({ openId }: { readonly openId: string | null }) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useLogIn();
  const refusal = REFUSALS[new URLSearchParams(window.location.search).get('log-in') ?? ''];
  const failure = error ? failureOf(error) : refusal;
  return (
    <main className={classes.page}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          mutate({ login, password });
        }}
      >
        <Mark size={44} />
        <h1>Fovea</h1>
        <p>Retinal Disease Classifier</p>
        {failure && <FailureCard failure={failure} />}
        {openId && (
          <>
            <Button component="a" href="/api/session/openid" size="md" fullWidth>
              Log in with {openId}
            </Button>
            <Divider label="or with a password" />
          </>
        )}
        <TextInput
          label="Log-in name"
          autoComplete="username"
          autoFocus
          required
          withAsterisk={false}
          value={login}
          onChange={({ currentTarget }) => setLogin(currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        />
        <Button type="submit" size="md" variant={openId ? 'default' : 'filled'} loading={isPending} fullWidth>
          Log in
        </Button>
      </form>
      <footer>
        <strong>Research use only. Not a medical device.</strong>
      </footer>
    </main>
  );
}
