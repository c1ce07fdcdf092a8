import { PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { use, useState } from 'react';
import type { Role } from '../../server/clinic-contract.ts';
import { FormDialogue } from '../shell/form-dialogue.tsx';
import { addUser } from '../shell/room-api.ts';
import { SessionContext } from '../shell/session.ts';
import { ROLES } from './roles.ts';

interface Props {
  readonly onClose: () => void;
  /** The first must be able to let others in. */
  readonly isFirst: boolean;
}

export function NewUser({ onClose, isFirst }: Props) {
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>(isFirst ? 'admin' : 'reader');
  const [password, setPassword] = useState('');
  const { openId } = use(SessionContext);
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      addUser({ login: login.trim(), name: name.trim(), role, ...(password && { password }) }),
    onSuccess: () => {
      for (const key of ['users', 'session']) void queries.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <FormDialogue title="Add somebody" save={add} word="Add" onClose={onClose}>
      <TextInput
        label="Log-in name"
        required
        maxLength={200}
        autoComplete="off"
        value={login}
        onChange={({ currentTarget }) => setLogin(currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label="Name"
        description="Stands under what they sign."
        required
        maxLength={100}
        autoComplete="off"
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Select
        label="Role"
        allowDeselect={false}
        data={ROLES}
        value={role}
        onChange={(value) => value && setRole(value as Role)}
      />
      <PasswordInput
        label="Password"
        description={
          openId
            ? `Twelve characters or more; none for who logs in with ${openId}.`
            : 'Twelve characters or more.'
        }
        required={!openId}
        minLength={12}
        autoComplete="new-password"
        value={password}
        onChange={({ currentTarget }) => setPassword(currentTarget.value)}
      />
    </FormDialogue>
  );
}
