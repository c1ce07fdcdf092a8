import { asFoveaError } from '../core/errors.ts';
import { evidenceAnswer, evidenceFor } from '../flows/evidence.ts';
import { isChecked } from '../flows/explain-default.ts';
import type { Reading } from '../flows/reading.ts';
import { explainedLabel } from '../flows/visit-outcome.ts';
import { imageToRead, keepExplanation, keptExplanation, readingsOf } from '../store/index.ts';
import type { Job } from './queue.ts';
import type { Reader } from './read.ts';

/**
 * Keeps what the last model's answer of an image rests on, as the reading page will ask for it. Done twice it changes nothing;
 * of what cannot be explained there is nothing to keep.
 *
 * @throws FoveaError `BLOB_MISSING`, `BLOB_ALTERED`, or what is wrong with a model
 */
export async function explainStoredImage(
  { store, registry, version, evidence }: Reader,
  { imageId }: Pick<Job, 'imageId'>,
): Promise<void> {
  const { db, blobs } = store;
  const image = await imageToRead(db, imageId);
  if (image.isCancelled) return;
  const last = (await readingsOf(db, [imageId])).findLast(({ reading }) => reading);
  if (!last) return;
  const label = explainedLabel(last.reading as Reading);
  const { eye } = image;
  const of = { imageId, sha256: last.model.sha256, label, eye, foveaVersion: version };
  if (await keptExplanation(db, of)) return;
  const entry = (await registry.list()).find(({ manifest }) => manifest.name === last.model.name);
  // Another version's answer of today would not be what the reading says.
  if (entry?.manifest.sha256 !== last.model.sha256) return;
  // Of a method that was not checked it is not known whether it may be shown, and it may be checked later: not to be kept.
  if (!(await isChecked(evidence, entry.manifest))) return;
  const model = await registry.open(last.model.name);
  const { onnx } = await registry.graph(last.model.name);
  const picture = { name: image.fileName, bytes: await blobs.get(image.sha256) };
  try {
    const found = await evidenceFor(picture, model, onnx, {
      label,
      checks: evidence,
      ...(eye && { eye }),
    });
    if (found.explanation.evidence !== null) await keepExplanation(db, of, evidenceAnswer(found));
  } catch (thrown) {
    if (asFoveaError(thrown).status >= 500) throw thrown;
  }
}
