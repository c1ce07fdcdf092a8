import { PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialogue } from './form-dialogue.tsx';
import { changeOwnPassword } from './room-api.ts';

/** Another password for who is logged in; everywhere else they are then logged out. */
export function OwnPassword({ onClose }: { readonly onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = useMutation({ mutationFn: () => changeOwnPassword(current, next), onSuccess: onClose });
  return (
    <FormDialogue title="Change your password" save={save} word="Change" onClose={onClose}>
      <PasswordInput
        label="Present password"
        required
        autoComplete="current-password"
        value={current}
        onChange={({ currentTarget }) => setCurrent(currentTarget.value)}
        data-autofocus
      />
      <PasswordInput
        label="New password"
        description="Twelve characters or more. Everywhere else you are logged out."
        required
        minLength={12}
        autoComplete="new-password"
        value={next}
        onChange={({ currentTarget }) => setNext(currentTarget.value)}
      />
    </FormDialogue>
  );
}
