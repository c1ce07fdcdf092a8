import type { Batch } from '../../server/clinic-contract.ts';

/** How far a batch is: shares of its files, 0–1. */
export function sharesOf({ files, read, unreadable, duplicates, refused }: Batch) {
  const of = Math.max(1, files);
  return { read: read / of, aside: (unreadable + duplicates + refused) / of };
}

/** Whether anything is still to become of it. */
export const isGoing = ({ isImporting, waiting, cancelled }: Batch): boolean =>
  !cancelled && (isImporting || waiting > 0);
