import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import classes from './gate-override.module.css';

/** The way past the gate: a reason, which is recorded with the reading. */
export function GateOverride({ onOverride }: { readonly onOverride: (reason: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  if (!isOpen)
    return (
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Read it all the same…
      </Button>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) onOverride(reason.trim());
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        size="xs"
        label="Why? It is recorded with the reading."
        value={reason}
        maxLength={500}
        data-autofocus
        autoFocus
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" size="xs" disabled={!reason.trim()}>
        Read it
      </Button>
    </form>
  );
}
