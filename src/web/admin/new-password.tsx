import { Button, Group, Modal, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { User } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { changeUser } from '../shell/room-api.ts';
import classes from './admin.module.css';

export function NewPassword({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const save = useMutation({ mutationFn: () => changeUser(user.id, { password }), onSuccess: onClose });
  return (
    <Modal
      opened
      onClose={onClose}
      title={`New password for ${user.login}`}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className={classes.dialogue}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
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
        {save.error && <FailureCard failure={failureOf(save.error)} />}
        <Group justify="flex-end">
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Set
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
