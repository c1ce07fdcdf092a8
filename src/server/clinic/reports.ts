import { randomUUID } from 'node:crypto';
import { asFoveaError, FoveaError } from '../../core/errors.ts';
import { takeTurns } from '../../core/turns.ts';
import { explainPicture } from '../../flows/explain.ts';
import { encodeJpeg } from '../../image/index.ts';
import { type ReportJob, roomSettings } from '../../jobs/index.ts';
import {
  type Format,
  MEDIA_TYPES,
  type ReportData,
  type ReportImage,
  readTemplate,
  renderReport,
} from '../../report/index.ts';
import { appendAudit, isHeldBack, keepReport, readReport, readVisit } from '../../store/index.ts';
import { type ImageReading, NewReportSchema, ReportSchema, type Visit } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers, FileSchema } from '../route.ts';
import { idParams, type Room, type RoomRoutes } from './room.ts';
import { visitView } from './visit-view.ts';

const tags = ['reports'];
/** Pixels: 8 cm on paper at 300 dpi. */
const PRINTED_WIDTH = 1024;
/** An explanation opens graphs of its own. */
const inTurn = takeTurns(1);

/** `/api/reports`: what leaves the house; kept as it left. */
export const reportRoutes: RoomRoutes = async (app, { room }) => {
  const { store, queue } = room;
  const { db, blobs } = store;
  /** Those who wait for a report, by its id. */
  const waiting = new Map<string, PromiseWithResolvers<void>>();

  // Also what a killed server had been asked for.
  await queue.workReports(async (job) => {
    try {
      await makeReport(room, job);
      waiting.get(job.id)?.resolve();
    } catch (thrown) {
      waiting.get(job.id)?.reject(thrown);
      // What is wrong with the visit itself is no better the next time.
      if (asFoveaError(thrown).status >= 500) throw thrown;
    }
  });

  app.post(
    '/visits/:id/reports',
    {
      ...whoMay('report'),
      schema: {
        tags,
        summary: 'Make a report of a visit',
        description: 'Of a visit that nobody has signed it is a draft, and says so.',
        params: idParams,
        body: NewReportSchema,
        response: answers(201, ReportSchema),
      },
    },
    async (request, reply) => {
      const { template } = await roomSettings(db);
      const { language = readTemplate(template).language, format = 'pdf' } = request.body;
      const visitId = request.params.id;
      // Said at once, also where others wait for theirs.
      if (isHeldBack(await readVisit(db, visitId), await roomSettings(db))) throw held();
      const id = randomUUID();
      const made = Promise.withResolvers<void>();
      made.promise.catch(() => {}); // It may fail before it is waited for.
      waiting.set(id, made);
      try {
        await queue.order({ id, visitId, language, format, createdBy: whoAsks(request).login });
        await made.promise;
      } finally {
        waiting.delete(id);
      }
      const { visitId: _, ...report } = await readReport(db, id);
      return reply.status(201).send(report);
    },
  );

  app.get(
    '/reports/:id/file',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'A report as it left',
        params: idParams,
        produces: [...Object.values(MEDIA_TYPES)],
        response: answers(200, FileSchema),
      },
    },
    async (request, reply) => {
      const { sha256, format, id, visitId, reviewId } = await readReport(db, request.params.id);
      if (reviewId === null && isHeldBack(await readVisit(db, visitId), await roomSettings(db))) throw held();
      const bytes = await blobs.get(sha256);
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'report.download',
        subject: `visit ${visitId}`,
        detail: { report: id, sha256 },
      });
      return reply
        .type(MEDIA_TYPES[format as Format])
        .header('content-disposition', `attachment; filename="report-${id.slice(0, 8)}.${format}"`)
        .send(bytes);
    },
  );
};

/** Answers that wait for a human's own are nobody's to hand out. */
const held = () =>
  new FoveaError('NOT_WAITING', { reason: 'a human is to grade this visit before anything leaves' });

async function makeReport(room: Room, { id, visitId, createdBy, ...wanted }: ReportJob): Promise<void> {
  const [language, format] = [wanted.language as ReportData['language'], wanted.format as Format];
  const visit = await visitView(room.store.db, visitId);
  const data = await reportOf(room, visit, language, format === 'pdf' || format === 'html');
  const bytes = await renderReport(data, format);
  const reviewId = visit.reviews[0]?.id ?? null;
  await keepReport(room.store, { id, visitId, reviewId, language, format, createdBy }, bytes);
}

async function reportOf(
  room: Room,
  visit: Visit,
  language: ReportData['language'],
  hasPictures: boolean,
): Promise<ReportData> {
  const { store, copies, version } = room;
  const settings = await roomSettings(store.db);
  const [review] = visit.reviews;
  const eyes = (['OD', 'OS', null] as const).filter((eye) =>
    visit.imageList.some((image) => image.eye === eye),
  );
  if (visit.heldBack) throw held();
  return {
    ...{ language, clinic: settings.clinic, template: readTemplate(settings.template) },
    ...{ patient: visit.patient, date: visit.date, version },
    createdAt: new Date().toISOString(),
    outcome: visit.outcome && {
      ...{ result: visit.outcome.result, say: visit.outcome.say },
      // What the models advise is no advice any more where a reader graded otherwise.
      next:
        visit.signedResult === null ||
        (visit.signedResult === visit.result && visit.signedLevel === visit.level)
          ? visit.outcome.next
          : '',
      rule: `${visit.outcome.rule.title} ${visit.outcome.rule.version}`,
    },
    review: review
      ? {
          ...review,
          result: visit.signedResult,
          grades: review.grades as NonNullable<ReportData['review']>['grades'],
        }
      : null,
    eyes: await Promise.all(
      eyes.map(async (eye) => {
        const own = visit.outcome?.eyes.find((one) => one.eye === eye);
        return {
          ...{ eye, result: own?.result ?? null, level: own?.level ?? null },
          images: await Promise.all(
            visit.imageList
              .filter((image) => image.eye === eye)
              .map(async ({ fileName, sha256, readings, explained }, i) => {
                const found = findingsOf(readings);
                return {
                  ...{ fileName, sha256, ...found },
                  jpeg: await copies.get(sha256, PRINTED_WIDTH),
                  // Of the image that is printed.
                  explanation:
                    hasPictures && i === 0 && found.model && found.findings.length > 0
                      ? await explanationOf(room, {
                          ...{ fileName, sha256, eye, label: explained },
                          model: found.model.name,
                        })
                      : null,
                };
              }),
          ),
        };
      }),
    ),
  };
}

/** What the answer of the model rests on; null where that cannot be told. */
async function explanationOf(
  { store, registry, evidence }: Room,
  image: Pick<ReportImage, 'fileName' | 'sha256'> & {
    eye: 'OD' | 'OS' | null;
    model: string;
    label: string | null;
  },
): Promise<ReportImage['explanation']> {
  try {
    const { manifest } = await registry.open(image.model);
    const {
      sentence,
      evidence: isEvidence,
      evidenceReason,
      overlay,
    } = await inTurn(async () =>
      explainPicture(
        { name: image.fileName, bytes: await store.blobs.get(image.sha256) },
        (await registry.graph(image.model)).onnx,
        manifest,
        {
          ...(evidence && { checks: evidence }),
          ...(image.eye && { eye: image.eye }),
          ...(image.label !== null && { label: image.label }),
        },
      ),
    );
    // As on the page: a map whose method was not found to be worth anything is not shown.
    if (isEvidence !== true) return { jpeg: null, text: evidenceReason };
    const { width, height, data } = overlay;
    return {
      text: sentence,
      jpeg: await encodeJpeg({ width, height, channels: 3, data: Uint8Array.from(data) }),
    };
  } catch (thrown) {
    // The model is gone, or cannot be looked into; the report leaves without.
    if (asFoveaError(thrown).code === 'INTERNAL') throw thrown;
    return null;
  }
}

/** The last model's word, or why there is none. */
function findingsOf(readings: readonly ImageReading[]) {
  const said = readings.findLast(({ reading }) => reading);
  const { effect, overridden } = said?.reading?.gate ?? {};
  const counts = effect?.positive || overridden;
  const findings = ((counts && said?.reading?.outputs) || []).map(({ name, calibrated, probability }) => ({
    ...{ name, probability: calibrated ?? probability },
  }));
  return {
    quality: said?.reading?.gate.quality?.verdict ?? null,
    model: said?.model ?? null,
    findings: findings.sort((a, b) => b.probability - a.probability),
    refusal: said ? null : (readings.at(-1)?.refusal?.message ?? null),
  };
}
