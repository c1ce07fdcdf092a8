import { useQuery } from '@tanstack/react-query';
import type { Batch } from '../../server/clinic-contract.ts';
import { count } from '../format.ts';
import { batchAddress } from '../route.ts';
import { momentText } from '../shell/dates.ts';
import { Failed, Nothing, Page, Waiting } from '../shell/page.tsx';
import { getBatches } from '../shell/room-api.ts';
import { BatchProgress, batchWords } from './batch-progress.tsx';
import classes from './batches-page.module.css';
import { ImportButtons } from './import-buttons.tsx';
import { useImport } from './use-import.tsx';

/** What came in together, the latest first. */
export function BatchesPage() {
  const { data, error, refetch } = useQuery({ queryKey: ['batches'], queryFn: getBatches });
  const importing = useImport();
  const batches = data?.batches;
  return (
    <Page
      title="Batches"
      aside={batches && batches.length > 0 && `${count(batches.length)}`}
      actions={<ImportButtons importing={importing} />}
    >
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!batches && !error && <Waiting />}
      {batches?.length === 0 && (
        <Nothing title="Nothing was imported yet">
          <p>
            Drop photographs or a whole folder anywhere here. Each import is a batch, whose progress you see
            here.
          </p>
        </Nothing>
      )}
      {batches && batches.length > 0 && (
        <ul className={classes.batches}>
          {batches.map((batch) => (
            <li key={batch.id}>
              <Card batch={batch} />
            </li>
          ))}
        </ul>
      )}
      {importing.elements}
    </Page>
  );
}

function Card({ batch }: { readonly batch: Batch }) {
  const { id, name, createdAt, source, duplicates, refused, unreadable } = batch;
  const aside = [
    unreadable > 0 && `${count(unreadable)} could not be read`,
    duplicates > 0 && `${count(duplicates)} known already`,
    refused > 0 && `${count(refused)} refused`,
  ].filter(Boolean);
  return (
    <a className={classes.card} href={batchAddress(id)}>
      <div className={classes.line}>
        <h2>{name || momentText(createdAt)}</h2>
        <span>{batchWords(batch)}</span>
      </div>
      <BatchProgress batch={batch} />
      <p>
        {momentText(createdAt)}, {SOURCES[source] ?? source}
        {aside.length > 0 && ` · ${aside.join(', ')}`}
      </p>
    </a>
  );
}

const SOURCES: Readonly<Record<string, string>> = {
  files: 'from this page',
  folder: 'by fovea import',
  watch: 'a watched folder',
  api: 'by the API',
};
