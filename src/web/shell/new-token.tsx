import { Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import classes from './own-tokens.module.css';
import { makeToken } from './room-api.ts';
import { rolesUpTo, useUser } from './session.ts';

/** Days until it ends: the server's longest is a leap year. */
const DAYS = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '366', label: 'a year' },
];

export function NewToken({ onMade }: { readonly onMade: (text: string) => void }) {
  const roles = rolesUpTo(useUser().role);
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>(roles.includes('reader') ? 'reader' : 'technician');
  const [days, setDays] = useState('90');
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => makeToken({ name: name.trim(), role, days: Number(days) }),
    onSuccess: ({ text }) => {
      setName('');
      onMade(text);
      void queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  return (
    <form
      className={classes.new}
      aria-label="Make a token"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextInput
        label="What it is for"
        required
        withAsterisk={false}
        maxLength={100}
        autoComplete="off"
        placeholder="Night import"
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        data-autofocus
      />
      <Select
        label="Role"
        allowDeselect={false}
        data={roles}
        value={role}
        onChange={(value) => value && setRole(value as Role)}
      />
      <Select
        label="Good for"
        allowDeselect={false}
        data={DAYS}
        value={days}
        onChange={(value) => value && setDays(value)}
      />
      <Button type="submit" loading={make.isPending}>
        Make
      </Button>
      {make.error && <FailureCard failure={failureOf(make.error)} />}
    </form>
  );
}
