import { Button, Group, Modal, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import classes from './own-password.module.css';
import { changeOwnPassword } from './room-api.ts';

/** Another password for who is logged in; everywhere else they are then logged out. */
export function OwnPassword({ onClose }: { readonly onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = useMutation({ mutationFn: () => changeOwnPassword(current, next), onSuccess: onClose });
  return (
    <Modal
      opened
      onClose={onClose}
      title="Change your password"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
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
        {save.error && <FailureCard failure={failureOf(save.error)} />}
        <Group justify="flex-end">
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Change
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
