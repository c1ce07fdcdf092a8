import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PatientDetail } from '../../server/clinic-contract.ts';
import { EditIcon } from '../icons.tsx';
import { PATIENTS } from '../route.ts';
import { dayText } from '../shell/dates.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import { getPatient } from '../shell/room-api.ts';
import { useMay } from '../shell/session.ts';
import { PatientForm } from './patient-form.tsx';
import { Timeline } from './timeline.tsx';

/** One person: who they are, and every visit, the latest first. */
export function PatientPage({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery({ queryKey: ['patient', id], queryFn: () => getPatient(id) });
  const [isEditing, setEditing] = useState(false);
  const mayEdit = useMay('technician');
  const back = { address: PATIENTS, name: 'Patients' };
  if (!data) {
    return (
      <Page title="Patient" back={back}>
        {error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return (
    <Page
      title={data.identifier}
      aside={whoText(data)}
      back={back}
      actions={
        mayEdit && (
          <Button
            variant="default"
            leftSection={<EditIcon width={16} height={16} />}
            onClick={() => setEditing(true)}
          >
            Edit
          </Button>
        )
      }
    >
      {data.visits.length === 0 ? <Nothing title="No visits" /> : <Timeline visits={data.visits} />}
      {isEditing && <PatientForm patient={data} onClose={() => setEditing(false)} />}
    </Page>
  );
}

function whoText({ name, birthDate, sex }: PatientDetail): string {
  return [name, sex, birthDate && `born ${dayText(birthDate)}`].filter(Boolean).join(', ');
}
