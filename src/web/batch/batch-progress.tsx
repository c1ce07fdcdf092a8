import { Progress } from '@mantine/core';
import type { Batch } from '../../server/clinic-contract.ts';
import { count } from '../format.ts';
import { isGoing, sharesOf } from './counts.ts';

/** How much of a batch is read, and how much was put aside. */
export function BatchProgress({ batch, size = 6 }: { readonly batch: Batch; readonly size?: number }) {
  const { read, aside } = sharesOf(batch);
  return (
    <Progress.Root size={size}>
      <Progress.Section value={read * 100} color="macula" aria-label={`Read of ${batch.name}`} />
      <Progress.Section value={aside * 100} color="gray.6" aria-label={`Put aside of ${batch.name}`} />
    </Progress.Root>
  );
}

/** Where a batch stands, in words. */
export function batchWords(batch: Batch): string {
  const { read, files, waiting, cancelled, isImporting } = batch;
  if (cancelled) return `cancelled, ${count(read)} of ${count(files)} read`;
  if (isGoing(batch)) {
    return `${count(read)} of ${count(files)} read${isImporting ? ', still coming in' : waiting > 0 ? `, ${count(waiting)} to go` : ''}`;
  }
  return `${count(read)} of ${count(files)} read`;
}
