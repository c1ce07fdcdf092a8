import { Button, Group, Modal } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import classes from './form-dialogue.module.css';

interface Props {
  readonly title: string;
  /** What is done with what was filled in. */
  readonly save: UseMutationResult<unknown, Error, void>;
  /** On the button that does it. */
  readonly word: string;
  readonly isComplete?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form in a dialogue; what went wrong with it stands above its buttons. */
export function FormDialogue({ title, save, word, isComplete = true, onClose, children }: Props) {
  return (
    <Modal opened onClose={onClose} title={title}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {children}
        {save.error && <FailureCard failure={failureOf(save.error)} />}
        <Group justify="flex-end">
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!isComplete}>
            {word}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
