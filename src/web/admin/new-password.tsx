import { PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { User } from '../../server/clinic-contract.ts';
import { FormDialogue } from '../shell/form-dialogue.tsx';
import { changeUser } from '../shell/room-api.ts';

export function NewPassword({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const save = useMutation({ mutationFn: () => changeUser(user.id, { password }), onSuccess: onClose });
  return (
    <FormDialogue title={`New password for ${user.login}`} save={save} word="Set" onClose={onClose}>
      <PasswordInput
        label="Password"
        description="Twelve characters or more. They are logged out everywhere."
        required
        minLength={12}
        autoComplete="new-password"
        value={password}
        onChange={({ currentTarget }) => setPassword(currentTarget.value)}
        data-autofocus
      />
    </FormDialogue>
  );
}
