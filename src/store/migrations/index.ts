import type { Migration } from 'kysely/migration';
import * as readingRoom from './0001-reading-room.ts';
import * as order from './0002-order.ts';
import * as answers from './0003-answers.ts';
import * as traces from './0004-traces.ts';
import * as explanations from './0005-explanations.ts';

/** In order; forward only. One that has been released is never changed: another one follows it. */
export const migrations: Record<string, Migration> = {
  '0001-reading-room': readingRoom,
  '0002-order': order,
  '0003-answers': answers,
  '0004-traces': traces,
  '0005-explanations': explanations,
};
