import { Button } from '@mantine/core';
import { useRef } from 'react';
import { fileSize } from '../format.ts';
import classes from './import-dialogue.module.css';

interface Props {
  readonly table: File | undefined;
  readonly onTable: (table: File) => void;
}

/** The CSV that tells of each file whose eye it is. */
export function TableChoice({ table, onTable }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={classes.table}>
      <p>
        {table ? (
          <>
            <strong>{table.name}</strong>, {fileSize(table.size)}
          </>
        ) : (
          'A CSV with a line for each file.'
        )}
      </p>
      <Button variant="default" onClick={() => input.current?.click()}>
        {table ? 'Choose another…' : 'Choose a table…'}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.tsv,text/csv"
        aria-label="Table of patients"
        onChange={({ currentTarget }) => {
          const [chosen] = currentTarget.files ?? [];
          if (chosen) onTable(chosen);
          currentTarget.value = '';
        }}
      />
      <p className={classes.hint}>
        Columns: file, patient, eye, date; and, where known, name, birth date, sex, camera, operator.
      </p>
    </div>
  );
}
