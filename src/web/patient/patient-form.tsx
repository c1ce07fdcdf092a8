import { Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Patient } from '../../server/clinic-contract.ts';
import { FormDialogue } from '../shell/form-dialogue.tsx';
import { changePatient } from '../shell/room-api.ts';

interface Props {
  readonly patient: Patient;
  readonly onClose: () => void;
}

/** Corrects who somebody is. */
export function PatientForm({ patient, onClose }: Props) {
  const [identifier, setIdentifier] = useState(patient.identifier);
  const [name, setName] = useState(patient.name ?? '');
  const [birthDate, setBirthDate] = useState(patient.birthDate ?? '');
  const [sex, setSex] = useState(patient.sex);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      changePatient(patient.id, {
        identifier: identifier.trim(),
        name: name.trim() || null,
        birthDate: birthDate || null,
        sex,
      }),
    onSuccess: () => {
      for (const key of ['patient', 'patients', 'visit', 'worklist']) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
      onClose();
    },
  });
  return (
    <FormDialogue
      title="Patient"
      save={save}
      word="Save"
      isComplete={Boolean(identifier.trim())}
      onClose={onClose}
    >
      <TextInput
        label="Patient number"
        required
        maxLength={200}
        value={identifier}
        onChange={({ currentTarget }) => setIdentifier(currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label="Name"
        maxLength={200}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <TextInput
        label="Born"
        type="date"
        value={birthDate}
        onChange={({ currentTarget }) => setBirthDate(currentTarget.value)}
      />
      <Select
        label="Sex"
        clearable
        placeholder="Not known"
        data={['female', 'male', 'other']}
        value={sex}
        onChange={(value) => setSex(value as Patient['sex'])}
      />
    </FormDialogue>
  );
}
