import { Type } from 'typebox';
import { openRule } from '../../flows/rules.ts';
import { roomSettings } from '../../jobs/index.ts';
import {
  appendAudit,
  changePatient,
  imagesOf,
  listPatients,
  listVisits,
  readPatient,
  readVisit,
} from '../../store/index.ts';
import {
  type Outcome,
  PatientChangeSchema,
  type PatientDetail,
  PatientDetailSchema,
  PatientListSchema,
  PatientSchema,
} from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import { idParams, type RoomRoutes } from './room.ts';
import { isHeldBack, shown } from './visit-view.ts';

const tags = ['patients'];

/** `/api/patients`: who they are, and what became of them over time. */
export const patientRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const { db } = store;

  app.get(
    '/patients',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'Patients by identifier',
        querystring: Type.Object({
          search: Type.Optional(Type.String({ maxLength: 200 })),
          offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
        }),
        response: answers(200, PatientListSchema),
      },
    },
    ({ query }) => listPatients(db, query),
  );

  app.get(
    '/patients/:id',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'A patient with all visits, and what has changed between them',
        params: idParams,
        response: answers(200, PatientDetailSchema),
      },
    },
    async ({ params }) => {
      const [patient, rows, settings] = await Promise.all([
        readPatient(db, params.id),
        listVisits(db, { patient: params.id, sort: 'newest', limit: 500 }),
        roomSettings(db),
      ]);
      const [outcomes, images, rule] = await Promise.all([
        Promise.all(rows.map(async ({ id }) => (await readVisit(db, id)).outcome as Outcome | null)),
        imagesOf(
          db,
          rows.map(({ id }) => id),
        ),
        openRule(settings.rule),
      ]);
      const levels = rule.levels.map(({ name }) => name);
      const seen = rows.map((row, i) => (isHeldBack(row, settings) ? null : outcomes[i]!));
      return {
        ...patient,
        visits: rows.map((row, i) => ({
          ...shown(row, settings),
          outcome: seen[i]!,
          change: changeBetween(seen[i + 1] ?? null, seen[i]!, levels),
          imageList: images
            .filter(({ visitId }) => visitId === row.id)
            .map(({ id, eye, modality }) => ({ id, eye, modality })),
        })),
      };
    },
  );

  app.patch(
    '/patients/:id',
    {
      ...whoMay('correct patients and eyes'),
      schema: {
        tags,
        summary: 'Correct what is known of a patient',
        params: idParams,
        body: PatientChangeSchema,
        response: answers(200, PatientSchema),
      },
    },
    async (request) => {
      const { id } = request.params;
      const patient = await changePatient(db, id, request.body);
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'patient.change',
        subject: `patient ${id}`,
        detail: { fields: Object.keys(request.body) },
      });
      return patient;
    },
  );
};

type Change = PatientDetail['visits'][number]['change'];

/** Of each eye its level then and now, by the rule's order; null levels are eyes that could not be graded. */
function changeBetween(before: Outcome | null, now: Outcome | null, levels: readonly string[]): Change {
  if (!now) return [];
  return now.eyes.flatMap(({ eye, level }) => {
    const then = before?.eyes.find((other) => other.eye === eye)?.level ?? null;
    if (!eye) return [];
    const [a, b] = [then, level].map((name) => (name === null ? -1 : levels.indexOf(name)));
    const direction = a! < 0 || b! < 0 ? 'unknown' : b! > a! ? 'worse' : b! < a! ? 'better' : 'same';
    return [{ eye, before: then, now: level, direction } as const];
  });
}
