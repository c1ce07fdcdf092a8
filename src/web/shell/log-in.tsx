import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { Mark } from '../icons.tsx';
import classes from './log-in.module.css';
import { useLogIn } from './session.ts';

/** Before anything is shown, who is there. */
export function LogIn() {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useLogIn();
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
        {error && <FailureCard failure={failureOf(error)} />}
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
        <Button type="submit" size="md" loading={isPending} fullWidth>
          Log in
        </Button>
      </form>
      <footer>
        <strong>Research use only. Not a medical device.</strong>
      </footer>
    </main>
  );
}
