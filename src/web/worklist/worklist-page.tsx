import { useMemo } from 'react';
import type { VisitRow, Worklist } from '../../server/clinic-contract.ts';
import { ImportButtons } from '../batch/import-buttons.tsx';
import { useImport } from '../batch/use-import.tsx';
import { count } from '../format.ts';
import { worklistAddress } from '../route.ts';
import { useNarrow } from '../shell/narrow.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import { getWorklist, type WorklistFilter } from '../shell/room-api.ts';
import { useMay } from '../shell/session.ts';
import { VirtualTable } from '../shell/virtual-table.tsx';
import { useWindowed } from '../shell/windowed.ts';
import { filterOf, isNarrowed, queryOf } from './filter.ts';
import { Filters } from './filters.tsx';
import { keepPlace, keptPlace } from './place.ts';
import { VisitCells } from './visit-cells.tsx';
import classes from './worklist.module.css';

const HEAD = ['', 'Patient', 'Day', 'Outcome', 'Risk', 'Quality', 'Eyes', 'State'];

/** Who is to be read next: the most urgent first. */
export function WorklistPage({ query }: { readonly query: URLSearchParams }) {
  const text = queryOf(filterOf(query));
  const filter = useMemo(() => filterOf(new URLSearchParams(text)), [text]);
  const isNarrow = useNarrow();
  const rows = useWindowed<Worklist, VisitRow>({
    key: ['worklist', filter],
    fetch: (window, signal) => getWorklist(filter, window, signal),
    rowsOf: ({ visits }) => visits,
    totalOf: ({ total }) => total,
  });
  const importing = useImport();
  const start = useMemo(() => {
    const place = keptPlace();
    return place?.query === text ? place.index : undefined;
  }, [text]);
  const all = rows.answer && Object.values(rows.answer.counts).reduce((sum, n) => sum + n, 0);
  return (
    <Page
      title="Worklist"
      aside={all !== undefined && all > 0 && `${count(all)} visits`}
      actions={<ImportButtons importing={importing} />}
      isFilled
    >
      {(all !== 0 || isNarrowed(filter)) && <Filters filter={filter} counts={rows.answer?.counts} />}
      {rows.error ? (
        <Failed error={rows.error} onRetry={rows.refetch} />
      ) : rows.total === 0 ? (
        <Empty filter={filter} all={all ?? 0} waiting={rows.answer?.counts.waiting ?? 0} />
      ) : rows.total === undefined ? (
        <Waiting />
      ) : (
        <>
          <VirtualTable
            label="Visits"
            rows={rows}
            listId={text}
            rowHeight={isNarrow ? 84 : 57}
            rowClass={classes.row!}
            head={HEAD}
            keyOf={({ id }) => id}
            start={start}
            cells={(visit, { index, isMoving }) => (
              <VisitCells
                visit={visit}
                isMoving={isMoving}
                onOpen={() => keepPlace({ query: text, index })}
              />
            )}
          />
          <p className={classes.keys} aria-hidden="true">
            <kbd>j</kbd> <kbd>k</kbd> walk <kbd>Enter</kbd> read <kbd>/</kbd> find
          </p>
        </>
      )}
      <p className="spoken" role="status">
        {rows.total === undefined
          ? ''
          : `${count(rows.total)} ${rows.total === 1 ? 'visit' : 'visits'} in the list`}
      </p>
      {importing.elements}
    </Page>
  );
}

interface EmptyProps {
  readonly filter: WorklistFilter;
  /** Visits in every state. */
  readonly all: number;
  /** Visits that the models have not read yet. */
  readonly waiting: number;
}

function Empty({ filter, all, waiting }: EmptyProps) {
  const mayImport = useMay('technician');
  if (isNarrowed(filter)) {
    return (
      <Nothing title="No visit passes these filters">
        <p>
          <a href={worklistAddress(queryOf({ state: filter.state }))}>Take the filters away</a>
        </p>
      </Nothing>
    );
  }
  if (all > 0) {
    return (
      <Nothing
        title={
          filter.state !== 'open'
            ? 'None in this state'
            : waiting > 0
              ? 'The models are still reading'
              : 'Everything is read'
        }
      >
        {filter.state === 'open' && waiting > 0 && (
          <p>What is read appears here by itself, the most urgent first.</p>
        )}
        <p>
          <a href={worklistAddress(queryOf({}))}>Show all {count(all)} visits</a>
        </p>
      </Nothing>
    );
  }
  return (
    <Nothing title="Drop photographs here, or a whole folder">
      {mayImport && (
        <p>
          JPEG, PNG, TIFF, WebP, ZIP, with or without a table of patients. File names tell whose eye it is, or
          you type it. Nothing leaves this machine.
        </p>
      )}
    </Nothing>
  );
}
