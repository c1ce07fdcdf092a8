import { Button, Menu } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Batch, BatchItem, BatchItems } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { count } from '../format.ts';
import { DownloadIcon } from '../icons.tsx';
import { BATCHES, worklistAddress } from '../route.ts';
import { momentText } from '../shell/dates.ts';
import { useNarrow } from '../shell/narrow.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import {
  cancelBatch,
  exportAddress,
  getBatch,
  getBatchItems,
  type ItemFilter,
  retryBatch,
} from '../shell/room-api.ts';
import { useMay } from '../shell/session.ts';
import { VirtualTable } from '../shell/virtual-table.tsx';
import { useWindowed } from '../shell/windowed.ts';
import { queryOf } from '../worklist/filter.ts';
import classes from './batch-page.module.css';
import { BatchProgress, batchWords } from './batch-progress.tsx';
import { isGoing } from './counts.ts';
import { ItemCells } from './item-cells.tsx';
import { ItemFilters } from './item-filters.tsx';

const HEAD = ['', 'File', 'Patient', 'Eye', 'Outcome of its visit', 'Risk', 'Quality'];

/** Everything of one import: how far it is, and what became of each file. */
export function BatchPage({ id }: { readonly id: string }) {
  const { data: batch, error, refetch } = useQuery({ queryKey: ['batch', id], queryFn: () => getBatch(id) });
  const back = { address: BATCHES, name: 'Batches' };
  if (!batch) {
    return (
      <Page title="Batch" back={back} isFilled>
        {error ? <Failed error={error} onRetry={() => void refetch()} /> : <Waiting />}
      </Page>
    );
  }
  return (
    <Page
      title={batch.name || momentText(batch.createdAt)}
      aside={batch.name !== momentText(batch.createdAt) && momentText(batch.createdAt)}
      back={back}
      actions={<Actions batch={batch} />}
      isFilled
    >
      <Summary batch={batch} />
      <Items batch={batch} />
    </Page>
  );
}

function Actions({ batch }: { readonly batch: Batch }) {
  const queries = useQueryClient();
  const mayImport = useMay('technician');
  const onSuccess = (after: Batch) => {
    queries.setQueryData(['batch', batch.id], after);
    void queries.invalidateQueries({ queryKey: ['batch items', batch.id] });
  };
  const cancel = useMutation({ mutationFn: () => cancelBatch(batch.id), onSuccess });
  const retry = useMutation({ mutationFn: () => retryBatch(batch.id), onSuccess });
  const failure = cancel.error ?? retry.error;
  return (
    <>
      {failure && <FailureCard failure={failureOf(failure)} />}
      {mayImport && isGoing(batch) && (
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      )}
      {mayImport && !isGoing(batch) && batch.unreadable + batch.waiting > 0 && (
        <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
          Read again what was not read
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<DownloadIcon width={16} height={16} />}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(
            [
              ['csv', 'CSV'],
              ['xlsx', 'Excel'],
              ['json', 'JSON'],
            ] as const
          ).map(([format, word]) => (
            <Menu.Item key={format} component="a" href={exportAddress(batch.id, format)} download>
              {word}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button component="a" href={worklistAddress(queryOf({ state: 'open', batch: batch.id }))}>
        Triage list
      </Button>
    </>
  );
}

function Summary({ batch }: { readonly batch: Batch }) {
  const parts: readonly (readonly [word: string, many: number])[] = [
    ['files', batch.files],
    ['read', batch.read],
    ['to be read', batch.waiting],
    ['could not be read', batch.unreadable],
    ['known already', batch.duplicates],
    ['refused', batch.refused],
  ];
  return (
    <section className={classes.summary} aria-label="Progress">
      <dl>
        {parts.map(([word, many]) => (
          <div key={word} data-none={many === 0 || undefined}>
            <dt>{word}</dt>
            <dd>{count(many)}</dd>
          </div>
        ))}
      </dl>
      <BatchProgress batch={batch} />
      <p className="spoken" role="status">
        {batchWords(batch)}
      </p>
    </section>
  );
}

function Items({ batch }: { readonly batch: Batch }) {
  const [filter, setFilter] = useState<ItemFilter>({});
  const isNarrow = useNarrow();
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const rows = useWindowed<BatchItems, BatchItem>({
    key: ['batch items', batch.id, filter],
    fetch: (window, signal) => getBatchItems(batch.id, filter, window, signal),
    rowsOf: ({ items }) => items,
    totalOf: ({ total }) => total,
  });
  return (
    <>
      <ItemFilters filter={filter} onFilter={setFilter} />
      {rows.error ? (
        <Failed error={rows.error} onRetry={rows.refetch} />
      ) : rows.total === undefined ? (
        <Waiting />
      ) : rows.total === 0 ? (
        <Nothing title={isFiltered ? 'No file is like that' : 'No file has come in yet'} />
      ) : (
        <VirtualTable
          label="Files"
          rows={rows}
          listId={JSON.stringify(filter)}
          rowHeight={isNarrow ? 92 : 57}
          rowClass={classes.row!}
          head={HEAD}
          keyOf={(item) => `${item.name} ${item.state} ${item.imageId}`}
          cells={(item, { isMoving }) => <ItemCells item={item} isMoving={isMoving} />}
        />
      )}
    </>
  );
}
