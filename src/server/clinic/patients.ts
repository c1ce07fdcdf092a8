import { Type } from 'typebox';
import { openRule } from '../../flows/rules.ts';
import { roomSettings } from '../../jobs/index.ts';
import {
  changePatient,
  imagesOf,
  isHeldBack,
  listPatients,
  listVisits,
  type Review,
  readPatient,
  readVisit,
  reviewsOf,
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
import { Looks } from './looks.ts';
import { idParams, type RoomRoutes } from './room.ts';
import { shown } from './visit-view.ts';

const tags = ['patients'];

/** `/api/patients`: who they are, and what became of them over time. */
export const patientRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const { db } = store;
  const looks = new Looks(db);

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
    async (request) => {
      const { params } = request;
      const [patient, rows, settings] = await Promise.all([
        readPatient(db, params.id),
        listVisits(db, { patient: params.id, sort: 'newest', limit: 500 }),
        roomSettings(db),
      ]);
      const [outcomes, reviews, images, rule] = await Promise.all([
        Promise.all(rows.map(async ({ id }) => (await readVisit(db, id)).outcome as Outcome | null)),
        Promise.all(rows.map(({ id }) => reviewsOf(db, id))),
        imagesOf(
          db,
          rows.map(({ id }) => id),
        ),
        openRule(settings.rule),
      ]);
      await looks.note(whoAsks(request), `patient ${patient.id}`);
      const levels = rule.levels.map(({ name }) => name);
      const seen = rows.map((row, i) => (isHeldBack(row, settings) ? null : outcomes[i]!));
      const grades = seen.map((outcome, i) => gradesOf(reviews[i]!, outcome));
      return {
        ...patient,
        visits: rows.map((row, i) => ({
          ...shown(row, settings),
          outcome: seen[i]!,
          grades: grades[i]!,
          change: changeBetween(grades[i + 1] ?? [], grades[i]!, levels),
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
    (request) => {
      const { identifier, ...rest } = request.body;
      const change = { ...rest, ...(identifier !== undefined && { identifier: identifier.trim() }) };
      return changePatient(db, request.params.id, change, whoAsks(request).login);
    },
  );
};

type Past = PatientDetail['visits'][number];
type Eyes = Past['grades'];

/** What counts for each eye: what a human signed last, else what the models said where it may be seen. */
function gradesOf(reviews: readonly Review[], outcome: Outcome | null): Eyes {
  const verdict = reviews.find(({ decision }) => decision !== 'retake');
  return (['OD', 'OS'] as const).flatMap((eye): Eyes => {
    const signed = verdict?.grades[eye];
    if (signed) return [{ eye, ...signed, by: 'reader' }];
    const said = outcome?.eyes.find((one) => one.eye === eye);
    return said ? [{ eye, result: said.result, level: said.level, by: 'models' }] : [];
  });
}

/**
 * Of each eye its level then and now, by the rule's order; where one of them has no level of this rule, negative against
 * positive. An eye that could not be graded is compared with nothing.
 */
function changeBetween(before: Eyes, now: Eyes, levels: readonly string[]): Past['change'] {
  return now.map(({ eye, result, level }) => {
    const then = before.find((other) => other.eye === eye);
    const ranks = [then, { result, level }].map((grade) => (grade?.level ? levels.indexOf(grade.level) : -1));
    const [a, b] = ranks.some((rank) => rank < 0)
      ? [then?.result, result].map((word) => (word === 'negative' ? 0 : word === 'positive' ? 1 : -1))
      : ranks;
    const direction = a! < 0 || b! < 0 ? 'unknown' : b! > a! ? 'worse' : b! < a! ? 'better' : 'same';
    return { eye, before: then?.level ?? null, now: level, direction };
  });
}
