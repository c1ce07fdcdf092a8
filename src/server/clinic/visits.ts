import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { openRule } from '../../flows/rules.ts';
import { roomSettings } from '../../jobs/index.ts';
import { isAtLeast, LEAST } from '../../people/index.ts';
import {
  countVisits,
  isHeldBack,
  listVisits,
  outcomesOf,
  readVisit,
  signReview,
  type WorklistFilter,
} from '../../store/index.ts';
import {
  type Grades,
  NewReviewSchema,
  type Outcome,
  type Outcomes,
  OutcomesSchema,
  ReviewSchema,
  VisitSchema,
  WorklistQuery,
  WorklistSchema,
} from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import { Looks } from './looks.ts';
import { idParams, type RoomRoutes } from './room.ts';
import { shown, visitView } from './visit-view.ts';

const tags = ['visits'];

/** Counts over tens of thousands of rows are kept so long, ms: many pages ask for the same. */
const COUNTS_KEPT = 1000;

/** `/api/worklist`, `/api/visits`: what is to be read, in which order, and what a human says of it. */
export const visitRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const { db } = store;
  const looks = new Looks(db);
  const count = remembered((filter: WorklistFilter) => countVisits(db, filter), COUNTS_KEPT);

  app.get(
    '/worklist',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'Visits, the worst first',
        querystring: Type.Object(WorklistQuery),
        response: answers(200, WorklistSchema),
      },
    },
    async ({ query }) => {
      const { state, offset: _, limit: __, sort: ___, ...rest } = query;
      const settings = await roomSettings(db);
      const { blindedFirst } = settings;
      const [visits, counts] = await Promise.all([
        listVisits(db, { ...query, blindedFirst }),
        count({ ...rest, blindedFirst }),
      ]);
      return {
        visits: visits.map((row) => shown(row, settings)),
        total: state ? counts[state] : Object.values(counts).reduce((a, b) => a + b, 0),
        counts,
      };
    },
  );

  app.get(
    '/visits/:id',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'One visit: images, readings, outcome, reviews, reports',
        params: idParams,
        response: answers(200, VisitSchema),
      },
    },
    async (request) => {
      const view = await visitView(db, request.params.id);
      await looks.note(whoAsks(request), `visit ${view.id}`);
      return view;
    },
  );

  app.get(
    '/visits/:id/outcomes',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'What became of a visit by which rule and which readings, the newest first',
        params: idParams,
        response: answers(200, OutcomesSchema),
      },
    },
    async ({ params }) => {
      const isHidden = isHeldBack(await readVisit(db, params.id), await roomSettings(db));
      return { outcomes: isHidden ? [] : ((await outcomesOf(db, params.id)) as Outcomes['outcomes']) };
    },
  );

  app.post(
    '/visits/:id/reviews',
    {
      ...whoMay('sign'),
      schema: {
        tags,
        summary: 'Sign a reading of a visit',
        description:
          'Earlier ones stay, the last one counts. `after` names the latest one that was seen. Over what another has signed only a senior signs.',
        params: idParams,
        body: NewReviewSchema,
        response: answers(201, ReviewSchema),
      },
    },
    async (request, reply) => {
      const { comment = '', ...rest } = request.body;
      const { login, name, role } = whoAsks(request);
      const mayOverrule = isAtLeast(role, LEAST['overrule a signed review']);
      const settings = await roomSettings(db);
      refuseOtherLevels(rest.grades, await openRule(settings.rule), await readVisit(db, request.params.id));
      const review = await signReview(
        db,
        request.params.id,
        { login, name, role, mayOverrule },
        { comment, ...rest },
        settings,
      );
      return reply.status(201).send(review);
    },
  );
};

/**
 * A level is one of the rule's and means what the rule says; or it is what the models said of that eye, by a rule of before.
 *
 * @throws FoveaError `REVIEW_INVALID`
 */
function refuseOtherLevels(
  grades: Grades,
  { levels }: Awaited<ReturnType<typeof openRule>>,
  { outcome }: { outcome: unknown },
): void {
  const said = (outcome as Outcome | null)?.eyes ?? [];
  for (const [eye, grade] of Object.entries(grades)) {
    if (grade.level === null) continue;
    const known = [
      ...levels.map(({ name, result }) => ({ level: name, result })),
      ...said.filter((one) => one.eye === eye),
    ];
    if (known.some(({ level, result }) => level === grade.level && result === grade.result)) continue;
    throw new FoveaError('REVIEW_INVALID', {
      reason: `"${grade.level}" is no level of ${grade.result} eyes`,
      expected: levels.map(({ name, result }) => `${name} (${result})`).join(', '),
      received: `${grade.level} (${grade.result})`,
    });
  }
}

/** Answers the same question from memory for a while. */
function remembered<Q, A>(ask: (question: Q) => Promise<A>, ms: number): (question: Q) => Promise<A> {
  const known = new Map<string, { readonly answer: Promise<A>; readonly until: number }>();
  return (question) => {
    const [key, now] = [JSON.stringify(question), Date.now()];
    const old = known.get(key);
    if (old && old.until > now) return old.answer;
    for (const [other, { until }] of known) if (until <= now) known.delete(other);
    const answer = ask(question);
    known.set(key, { answer, until: now + ms });
    answer.catch(() => known.delete(key));
    return answer;
  };
}
