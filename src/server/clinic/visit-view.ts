import { imageScale } from '../../flows/image-scale.ts';
import type { RoomSettings } from '../../flows/room-settings.ts';
import { openRule } from '../../flows/rules.ts';
import { explainedLabel } from '../../flows/visit-outcome.ts';
import { roomSettings } from '../../jobs/index.ts';
import {
  type Database,
  imagesOf,
  isHeldBack,
  listVisits,
  readingsOf,
  readVisit,
  reportsOf,
  reviewsOf,
  type StoredImage,
  type StoredReading,
  type VisitRow,
} from '../../store/index.ts';
import type { ImageReading, Outcome, Visit, VisitImage } from '../clinic-contract.ts';

/** A visit with everything that a reader needs of it. */
export async function visitView(db: Database, id: string): Promise<Visit> {
  const [visit, reviews, reports, settings, [images, readings]] = await Promise.all([
    readVisit(db, id),
    reviewsOf(db, id),
    reportsOf(db, id),
    roomSettings(db),
    imagesAndReadings(db, [id]),
  ]);
  const [rule, others] = await Promise.all([
    openRule(settings.rule),
    listVisits(db, { patient: visit.patient.id, sort: 'newest', limit: 50 }),
  ]);
  const isHidden = isHeldBack(visit, settings);
  return {
    ...shown(visit, settings),
    outcome: isHidden ? null : (visit.outcome as Outcome | null),
    imageList: images.map((image) =>
      imageView(
        image,
        readings.filter(({ imageId }) => imageId === image.id),
        { isHidden, settings },
      ),
    ),
    reviews,
    reports: reports.map(({ visitId: _, ...report }) => report),
    others: others.filter((other) => other.id !== id).map((row) => shown(row, settings)),
    levels: rule.levels.map(({ name, result, say }) => ({ name, result, say })),
    blindedFirst: settings.blindedFirst,
    heldBack: isHidden,
  };
}

export async function imagesAndReadings(
  db: Database,
  visitIds: readonly string[],
): Promise<readonly [StoredImage[], StoredReading[]]> {
  const images = await imagesOf(db, visitIds);
  return [
    images,
    await readingsOf(
      db,
      images.map(({ id }) => id),
    ),
  ];
}

/** @param isHidden what the models said of it is held back; how large its pixels are is not */
export function imageView(
  { visitId: _, quality: __, ...image }: StoredImage,
  stored: readonly StoredReading[],
  { isHidden, settings }: { readonly isHidden: boolean; readonly settings: RoomSettings },
): VisitImage {
  const readings = stored.map(({ imageId: ___, ...reading }) => reading as ImageReading);
  const last = readings.findLast(({ reading }) => reading)?.reading;
  const measured = readings.findLast(({ reading }) => reading?.gate.geometry)?.reading?.gate.geometry;
  return {
    ...image,
    scale: imageScale(image.camera, measured?.field, settings.cameras),
    readings: isHidden ? [] : readings,
    explained: !isHidden && last ? explainedLabel(last) : null,
  };
}

/** A row as it may be seen now. */
export const shown = (row: VisitRow, settings: RoomSettings): VisitRow => ({
  id: row.id,
  date: row.date,
  patient: row.patient,
  state: row.state,
  quality: row.quality,
  images: row.images,
  eyes: row.eyes,
  coverId: row.coverId,
  signedResult: row.signedResult,
  signedLevel: row.signedLevel,
  updatedAt: row.updatedAt,
  ...(isHeldBack(row, settings)
    ? { result: null, level: null, triage: null }
    : { result: row.result, level: row.level, triage: row.triage }),
});
