import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { FoveaError } from '../core/errors.ts';
import type { Item } from '../dataset/index.ts';
import { decode, preprocess } from '../image/index.ts';
import { describeFamiliar, type Familiar, type Look, type Model } from '../model/index.ts';

/** Fewer say nothing of what is usual, or of what one in a hundred exceeds. */
const LEAST = 100;

/** A fifth of the patients sets the limit, the others say what is usual. */
const isHeld = (patient: string) => crc32(Buffer.from(`familiar/${patient}`)) % 5 === 0;

/**
 * Describes to a model what the pictures it learned from look like to it.
 *
 * @param model opened with its looks
 * @param items of its training
 * @param source what they are, in a few words
 * @param told after each picture
 * @throws FoveaError `DATASET_INVALID` for too few; `EXPLANATION_IMPOSSIBLE` for a model that does not end in a matrix
 */
export async function learnFamiliar(
  model: Model,
  items: readonly Item[],
  source: string,
  told: (done: number) => void = () => {},
): Promise<Familiar> {
  const learnt: Look[] = [];
  const held: Look[] = [];
  for (const [i, { path, patient }] of items.entries()) {
    const image = await decode(await readFile(path));
    const look = await model.look(preprocess(image, model.manifest.preprocessing));
    if (!look)
      throw new FoveaError('EXPLANATION_IMPOSSIBLE', {
        method: 'familiarity',
        reason: 'it does not end in a matrix',
      });
    (isHeld(patient) ? held : learnt).push(look);
    told(i + 1);
  }
  if (learnt.length < LEAST || held.length < LEAST / 5)
    throw new FoveaError('DATASET_INVALID', {
      reason: 'too few pictures to say what is usual',
      expected: `${LEAST} pictures, and ${LEAST / 5} of other patients`,
      received: `${learnt.length} and ${held.length}`,
    });
  return describeFamiliar(learnt, held, { model: model.manifest.sha256, source });
}
