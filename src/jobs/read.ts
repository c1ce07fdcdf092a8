import type { ErrorBody } from '../core/errors.ts';
import { readPicture } from '../flows/read-image.ts';
import type { Reading } from '../flows/reading.ts';
import { DEFAULT_SETTINGS, type RoomSettings } from '../flows/room-settings.ts';
import { openRule, ruleHash } from '../flows/rules.ts';
import { visitOutcome } from '../flows/visit-outcome.ts';
import type { Registry } from '../model/index.ts';
import {
  type Database,
  imagesOf,
  imageToRead,
  readingsOf,
  readSetting,
  type Store,
  type StoredReading,
  saveReadings,
  type WorkOut,
} from '../store/index.ts';
import type { Job } from './queue.ts';

export interface Reader {
  readonly store: Store;
  readonly registry: Registry;
  /** Of Fovea. */
  readonly version: string;
  /** Folders of what is known of models' explanations. */
  readonly evidence: readonly string[];
}

/** Key of the settings. */
export const SETTINGS = 'room';

export const roomSettings = async (db: Database): Promise<RoomSettings> => ({
  ...DEFAULT_SETTINGS,
  ...(await readSetting<Partial<RoomSettings>>(db, SETTINGS)),
});

/**
 * Reads an image with the models at hand, and works out what becomes of its visit. Done twice it changes nothing: what a
 * model version said of an image before stands.
 *
 * @returns images that a human will look at first, and whose answers are therefore to be explained: all of a positive visit,
 *   once all of it is read
 * @throws FoveaError `BLOB_MISSING`, `BLOB_ALTERED`, or what is wrong with a model
 */
export async function readStoredImage(
  { store, registry, version }: Reader,
  { imageId }: Pick<Job, 'imageId'>,
): Promise<string[]> {
  const { db, blobs } = store;
  const image = await imageToRead(db, imageId);
  if (image.isCancelled) return [];
  const settings = await roomSettings(db);
  const answers = (await isDone(registry, settings, version, image))
    ? undefined
    : await readPicture({ name: image.fileName, bytes: await blobs.get(image.sha256) }, registry, version, {
        models: settings.models,
        operatingPoint: settings.operatingPoint,
        ...(image.eye && { eye: image.eye }),
      });
  const { visitId, result } = await saveReadings(
    db,
    imageId,
    version,
    {
      readings: answers?.answers ?? [],
      facts: answers?.facts as Parameters<typeof saveReadings>[3]['facts'],
    },
    outcomeOf(settings),
  );
  return result === 'positive' ? (await imagesOf(db, [visitId])).map(({ id }) => id) : [];
}

/** Works out the outcome of a visit from what is stored. */
export const outcomeOf =
  ({ rule }: Pick<RoomSettings, 'rule'>): WorkOut =>
  async (db, visitId) => {
    const images = await imagesOf(db, [visitId]);
    const stored = await readingsOf(
      db,
      images.map(({ id }) => id),
    );
    const counting = images.map((image) => ({
      ...image,
      readings: latest(stored.filter(({ imageId }) => imageId === image.id)),
    }));
    const opened = await openRule(rule);
    return {
      ...visitOutcome(
        opened,
        counting.map(({ id, eye, readings }) => ({
          id,
          eye,
          readings: readings.map(({ reading }) => reading as Reading),
        })),
      ),
      basis: {
        rule: { id: opened.id, version: opened.version, sha256: ruleHash(opened) },
        readings: counting.flatMap(({ readings }) => readings.map(({ id }) => id)),
      },
    };
  };

/** Of each model its last version's reading. */
function latest(readings: readonly StoredReading[]): StoredReading[] {
  const byModel = new Map<string, StoredReading>();
  for (const reading of readings) if (reading.reading) byModel.set(reading.model.name, reading);
  return [...byModel.values()];
}

/** Whether every model that there is for the image has said what it has to say: then it need not be opened. */
async function isDone(
  registry: Registry,
  { models }: RoomSettings,
  version: string,
  { modality, said }: Awaited<ReturnType<typeof imageToRead>>,
): Promise<boolean> {
  if (said.length === 0) return false;
  const gate = said.find(({ sha256 }) => sha256 === `gate ${version}`);
  // That no model reads this kind of picture is true until there is one.
  if (gate && (gate.refusal as ErrorBody | null)?.code !== 'MODALITY_UNREAD') return true;
  const entries = (await registry.list()).filter(({ manifest, builtIn }) =>
    models.length > 0 ? models.includes(manifest.name) : builtIn,
  );
  const fitting = entries.filter(
    ({ manifest }) =>
      manifest.modality === modality || (manifest.modality === 'fundus' && modality === 'red-free'),
  );
  return (
    fitting.length > 0 &&
    fitting.every(({ manifest }) => said.some(({ sha256 }) => sha256 === manifest.sha256))
  );
}
