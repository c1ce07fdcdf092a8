import type {
  Grades,
  NewReview,
  Outcome,
  OutcomeResult,
  Review,
  Visit,
} from '../../server/clinic-contract.ts';
import { lastReading } from './images.ts';
import { EYE_NAMES } from './names.ts';
import { EYES, type Eye } from './pair-view.ts';

export type Grade = NonNullable<Grades[Eye]>;
export type Level = Visit['levels'][number];

export const UNGRADABLE: Grade = { result: 'ungradable', level: null };
export const gradeOf = ({ name, result }: Level): Grade => ({ result, level: name });

/** What has to be known for a verdict. */
export interface Case {
  readonly visitId: string;
  /** Eyes of which there are images: each has to be graded. */
  readonly eyes: readonly Eye[];
  /** Levels that may be chosen, least severe first. */
  readonly levels: readonly Level[];
  /** The models' grades by the rule; null while they are held back, `{}` where they have none. */
  readonly model: Grades | null;
  /** The reader grades before the models' answer is shown. */
  readonly isBlinded: boolean;
  /** The last signed review; null where nobody signed. */
  readonly last: Review | null;
  /** What somebody must have looked at before it may be signed, each in a sentence. */
  readonly concerns: readonly string[];
  /** Why it cannot be signed at all; null where it can. */
  readonly blocked: string | null;
}

/** A visit as `VerdictForm` takes it. */
export function caseOf(visit: Visit): Case {
  const { outcome, imageList, reviews, heldBack: isBlinded } = visit;
  const eyes = EYES.filter((eye) => imageList.some((image) => image.eye === eye));
  const conflicts = imageList.flatMap((image) =>
    (lastReading(image)?.gate.laterality.conflicts ?? []).map(({ words }) => `${image.fileName}: ${words}`),
  );
  const unknown = imageList.filter(({ eye }) => eye === null).length;
  return {
    visitId: visit.id,
    eyes,
    levels: visit.levels,
    model: isBlinded ? null : outcome === null ? {} : gradesOf(outcome),
    isBlinded,
    last: reviews[0] ?? null,
    concerns: [
      ...conflicts,
      ...(visit.state === 'open' && reviews[0] && reviews[0].decision !== 'retake'
        ? [`Images came, left or changed their eye since ${reviews[0].reader} signed this visit.`]
        : []),
      ...(unknown > 0
        ? [`Nobody knows which eye ${unknown === 1 ? 'one image is' : `${unknown} images are`} of.`]
        : []),
    ],
    blocked:
      visit.state === 'waiting'
        ? 'The models are still reading'
        : eyes.length === 0
          ? 'No image has its eye: say first which eye it is of'
          : null,
  };
}

/** Why somebody below a senior does not sign over the last signature; null where it is theirs, or there is none that holds. */
export function whyNotOverrule({ state, reviews: [last] }: Visit, login: string): string | null {
  // Open again it has images that the last reader has not seen.
  if (!last || state === 'open' || state === 'waiting' || last.login === login) return null;
  return `${last.reader} has signed this visit: only they and a senior sign it anew`;
}

/** The rule's answer as a human would give it. */
const gradesOf = ({ eyes }: Outcome): Grades =>
  Object.fromEntries(eyes.flatMap(({ eye, result, level }) => (eye ? [[eye, { result, level }]] : [])));

/** What a reader has said so far. */
export interface Draft {
  readonly grades: Grades;
  readonly comment: string;
  readonly isRetake: boolean;
  /** The concerns were looked at. */
  readonly hasLooked: boolean;
}

export const EMPTY_DRAFT: Draft = { grades: {}, comment: '', isRetake: false, hasLooked: false };

/** Whether both say the same. */
export const isSameDraft = (a: Pick<Draft, 'grades' | 'comment'>, b: Pick<Draft, 'grades' | 'comment'>) =>
  a.comment.trim() === b.comment.trim() && EYES.every((eye) => isSameGrade(a.grades[eye], b.grades[eye]));

/** Whether it is what was signed last: then it is begun no more. */
export const isSigned = (draft: Draft, { last }: Pick<Case, 'last'>): boolean =>
  last !== null && draft.isRetake === (last.decision === 'retake') && isSameDraft(draft, last);

export const isSameGrade = (a: Grade | undefined, b: Grade | undefined): boolean =>
  a?.result === b?.result && (a?.level ?? null) === (b?.level ?? null);

/** Takes over what the models say of every eye that there are images of. */
export const confirmed = (draft: Draft, { model, eyes }: Case): Draft => ({
  ...draft,
  isRetake: false,
  grades: {
    ...draft.grades,
    ...Object.fromEntries(eyes.flatMap((eye) => (model?.[eye] ? [[eye, model[eye]]] : []))),
  },
});

/** Why there is nothing to confirm; null where there is. */
export function whyNotConfirm({ model, isBlinded, eyes, blocked }: Case): string | null {
  if (blocked !== null) return blocked;
  if (isBlinded || model === null) return 'Grade first, then the models’ answer is shown';
  return eyes.some((eye) => model[eye]) ? null : 'The models gave no answer';
}

/** What is still to be done before it can be signed; null where nothing is. */
export function whyNotSign(draft: Draft, of: Case): string | null {
  const { eyes, concerns, blocked, model } = of;
  if (blocked !== null) return blocked;
  if (!draft.isRetake) {
    const missing = eyes.filter((eye) => !draft.grades[eye]);
    if (missing.length === eyes.length && whyNotConfirm(of) === null && eyes.every((eye) => model?.[eye]))
      return 'Confirm or change what the models say';
    if (missing.length > 0)
      return `Grade the ${missing.map((eye) => EYE_NAMES[eye].toLowerCase()).join(' and the ')}`;
  }
  if (concerns.length > 0 && !draft.hasLooked) return 'Look at what is listed, and tick that you have';
  return null;
}

/** The review that is signed. The server says whether a verdict confirmed or changed what the models had said. */
export function reviewOf(draft: Draft, { eyes, last }: Case): NewReview {
  const grades = Object.fromEntries(
    eyes.flatMap((eye) => (draft.grades[eye] ? [[eye, draft.grades[eye]]] : [])),
  );
  return {
    decision: draft.isRetake ? 'retake' : 'confirmed',
    grades,
    comment: draft.comment.trim(),
    after: last?.id ?? null,
  };
}

/** `moderate` → `Moderate`; an eye that could not be graded says so. */
export const levelName = ({ level, result }: Grade): string =>
  level === null ? RESULT_NAMES[result] : `${level[0]!.toUpperCase()}${level.slice(1)}`;

/** The same where it stands alone: "None" would be no answer. */
export const answerName = (grade: Grade): string =>
  grade.level === 'none' ? RESULT_NAMES[grade.result] : levelName(grade);

export const RESULT_NAMES: Readonly<Record<OutcomeResult, string>> = {
  negative: 'Negative',
  positive: 'Positive',
  ungradable: 'Not gradable',
};
