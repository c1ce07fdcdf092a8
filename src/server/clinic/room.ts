import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Queue } from '../../jobs/index.ts';
import type { Registry } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import { IdSchema } from '../clinic-contract.ts';
import type { Hints } from './hints.ts';
import type { PictureCopies } from './pictures.ts';

/** What the routes of the reading room work with. */
export interface Room {
  readonly store: Store;
  readonly queue: Queue;
  readonly copies: PictureCopies;
  readonly registry: Registry;
  readonly version: string;
  /** Where pieces of uploads, models and backups lie. */
  readonly dataFolder: string;
  /** Folders of what is known of models' explanations. */
  readonly evidence?: readonly string[];
  readonly hints: Hints;
  /** Has the workers of this machine begin. */
  callWorkers(): void;
}

/** Routes of the reading room. */
export type RoomRoutes = FastifyPluginAsyncTypebox<{ readonly room: Room; readonly prefix: string }>;

/** `/:id`. */
export const idParams = Type.Object({ id: IdSchema });
