import type { Database } from './database.ts';
import type { Eye } from './tables.ts';

/** What an explanation is of. The eye tells nasal from temporal; another Fovea may explain otherwise. */
export interface Explained {
  readonly imageId: string;
  /** Of the model. */
  readonly sha256: string;
  /** Of the class. */
  readonly label: string;
  readonly eye: Eye | null;
  readonly foveaVersion: string;
}

/** Keeps an explanation, where there is none of the same. */
export async function keepExplanation(db: Database, of: Explained, answer: unknown): Promise<void> {
  await db
    .insertInto('explanations')
    .values({
      image_id: of.imageId,
      model_sha256: of.sha256,
      label: of.label,
      eye: of.eye,
      fovea_version: of.foveaVersion,
      answer: JSON.stringify(answer),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The explanation that was kept, or undefined. */
export async function keptExplanation(db: Database, of: Explained): Promise<unknown> {
  const row = await db
    .selectFrom('explanations')
    .select('answer')
    .where('image_id', '=', of.imageId)
    .where('model_sha256', '=', of.sha256)
    .where('label', '=', of.label)
    .where('eye', 'is not distinct from', of.eye)
    .where('fovea_version', '=', of.foveaVersion)
    .executeTakeFirst();
  return row?.answer;
}
