import { useState } from 'react';
import type { PatientList } from '../../server/clinic-contract.ts';
import { count } from '../format.ts';
import { patientAddress, WORKLIST } from '../route.ts';
import { dayText } from '../shell/dates.ts';
import { useNarrow } from '../shell/narrow.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import { getPatients } from '../shell/room-api.ts';
import { SearchBox } from '../shell/search-box.tsx';
import { VirtualTable } from '../shell/virtual-table.tsx';
import { useWindowed } from '../shell/windowed.ts';
import classes from './patients-page.module.css';

const HEAD = ['Patient', 'Name', 'Born', 'Visits', 'Last visit'];

type Row = PatientList['patients'][number];

/** Everybody of whom there are pictures. */
export function PatientsPage() {
  const [search, setSearch] = useState('');
  const isNarrow = useNarrow();
  const rows = useWindowed<PatientList, Row>({
    key: ['patients', search],
    fetch: (window, signal) => getPatients(search, window, signal),
    rowsOf: ({ patients }) => patients,
    totalOf: ({ total }) => total,
  });
  return (
    <Page
      title="Patients"
      aside={rows.total !== undefined && count(rows.total)}
      actions={
        <SearchBox label="Find patients" placeholder="Number or name" value={search} onChange={setSearch} />
      }
      isFilled
    >
      {rows.error ? (
        <Failed error={rows.error} onRetry={rows.refetch} />
      ) : rows.total === undefined ? (
        <Waiting />
      ) : rows.total === 0 ? (
        <Nothing title={search ? 'Nobody is called so' : 'No patients yet'}>
          {!search && (
            <p>
              They come with their pictures: import some from the <a href={WORKLIST}>worklist</a>.
            </p>
          )}
        </Nothing>
      ) : (
        <VirtualTable
          label="Patients"
          rows={rows}
          listId={search}
          rowHeight={isNarrow ? 64 : 49}
          rowClass={classes.row!}
          head={HEAD}
          keyOf={({ id }) => id}
          cells={(patient) => (
            <>
              <td className={classes.patient}>
                <a href={patientAddress(patient.id)}>{patient.identifier}</a>
              </td>
              <td className={classes.name}>{patient.name ?? ''}</td>
              <td className={classes.born}>{patient.birthDate ? dayText(patient.birthDate) : ''}</td>
              <td className={classes.visits}>
                {patient.visits}
                <span className={classes.unit}>{patient.visits === 1 ? ' visit' : ' visits'}</span>
              </td>
              <td className={classes.last}>{patient.lastVisit ? dayText(patient.lastVisit) : '–'}</td>
            </>
          )}
        />
      )}
    </Page>
  );
}
