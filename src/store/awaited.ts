import { sql } from 'kysely';

// Conditions on a row of `images`.

/** All imports that brought it were cancelled. */
export const isCancelled = sql<boolean>`coalesce((
    select bool_and(batches.cancelled_at is not null) from batch_items join batches on batches.id = batch_id
    where batch_items.image_id = images.id
  ), false)`;

const isUnread = sql<boolean>`not exists (select from readings where readings.image_id = images.id)`;

/** It is unread, and nobody will read it by itself. */
export const isGivenUp = sql<boolean>`(${isUnread} and ${isCancelled})`;

/** It is still to be read. */
export const isAwaited = sql<boolean>`(${isUnread} and not ${isCancelled})`;
