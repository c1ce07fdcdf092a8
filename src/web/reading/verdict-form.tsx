import { Button, Textarea } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import type { NewReview } from '../../server/clinic-contract.ts';
import { AlertIcon } from '../icons.tsx';
import { ariaKeys, type Command, keyText } from './keys.ts';
import { useLetters } from './letters.ts';
import { EYE_NAMES } from './names.ts';
import type { Eye } from './pair-view.ts';
import { ResultChip } from './result-chip.tsx';
import { useKeys } from './use-keys.ts';
import {
  answerName,
  type Case,
  confirmed,
  type Draft,
  EMPTY_DRAFT,
  type Grade,
  gradeOf,
  isSameDraft,
  isSameGrade,
  isSigned,
  levelName,
  reviewOf,
  UNGRADABLE,
  whyNotConfirm,
  whyNotSign,
} from './verdict.ts';
import classes from './verdict-form.module.css';

/** What `VerdictForm` needs: a case (`caseOf(visit)`), and how its signing goes. */
export interface VerdictFormProps {
  readonly of: Case;
  /** It is on its way to the server. */
  readonly isSigning: boolean;
  /** Why the server did not take it; null where it did, or was not asked. */
  readonly failure: { readonly message: string; readonly hint?: string | undefined } | null;
  readonly onSign: (review: NewReview) => void;
}

/** Begun verdicts by visit, so that leaving a page loses none, and neither does somebody else's signature; a signed one begins anew. */
const drafts = new Map<string, { readonly draft: Draft; readonly after: string | undefined }>();

/** What was begun of a visit is signed. */
export const forgetDraft = (visitId: string): void => void drafts.delete(visitId);

// Only what is in memory is lost with the page: then the browser asks first.
if (typeof window !== 'undefined')
  window.addEventListener('beforeunload', (event) => {
    if (drafts.size > 0) event.preventDefault();
  });

/** What a human says of a visit: confirm, change or ask for new images, a comment, and sign. */
export function VerdictForm(props: VerdictFormProps) {
  const { visitId, last } = props.of;
  return <Form key={`${visitId} ${last?.id}`} {...props} />;
}

function Form({ of, isSigning, failure, onSign }: VerdictFormProps) {
  const [begun] = useState(() => {
    const kept = drafts.get(of.visitId);
    return kept && !isSigned(kept.draft, of) ? kept : undefined;
  });
  const [draft, setDraft] = useState(begun?.draft ?? EMPTY_DRAFT);
  const [isChanging, setChanging] = useState(of.isBlinded);
  const [said, say] = useState('');
  const choices = useRef<HTMLDivElement>(null);
  const change = (changed: Draft) => {
    if (isSameDraft(changed, EMPTY_DRAFT) && !changed.isRetake) drafts.delete(of.visitId);
    else drafts.set(of.visitId, { draft: changed, after: of.last?.id });
    setDraft(changed);
  };
  const noConfirm = whyNotConfirm(of);
  const noSign = isSigning ? 'It is being signed' : whyNotSign(draft, of);
  const isConfirmed =
    noConfirm === null &&
    !draft.isRetake &&
    of.eyes.every((eye) => isSameGrade(draft.grades[eye], of.model?.[eye]));
  const isGraded = of.eyes.some((eye) => draft.grades[eye]);

  const acts: Partial<Record<Command, () => void>> = {
    confirm: () => {
      if (noConfirm !== null) return say(noConfirm);
      change(confirmed(draft, of));
      say('Confirmed. Control Enter signs.');
    },
    change: () => {
      if (of.blocked !== null) return say(of.blocked);
      setChanging(true);
      // What was chosen, else the first choice: arrows then go through the levels.
      requestAnimationFrame(() => {
        const group = choices.current;
        (group?.querySelector<HTMLInputElement>('input:checked') ?? group?.querySelector('input'))?.focus();
      });
    },
    retake: () => {
      if (of.blocked !== null) return say(of.blocked);
      change({ ...draft, isRetake: !draft.isRetake });
      say(draft.isRetake ? 'No new images are asked for' : 'New images are asked for');
    },
    sign: () => {
      if (noSign !== null) return say(noSign);
      onSign(reviewOf(draft, of));
    },
  };
  useKeys({
    onCommand: (command, event) => {
      if (!(command in acts)) return false;
      if (event.repeat) return true;
      // Enter is soon pressed after a choice: by key, what was chosen is never put back to the models'.
      if (command === 'confirm' && (isGraded || draft.isRetake) && !isConfirmed)
        say('Changed. Control Enter signs.');
      else acts[command]?.();
      return true;
    },
  });

  const { last } = of;
  return (
    <form
      className={classes.form}
      aria-label="Your verdict"
      aria-busy={isSigning}
      onSubmit={(event) => event.preventDefault()}
    >
      <h2 className={classes.title}>Your verdict</h2>
      {last && (
        <p className={classes.last}>
          {last.decision === 'retake' ? 'New images were asked for' : 'Signed'} by {last.reader},{' '}
          {new Date(last.signedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
          {last.decision !== 'retake' && `: ${gradesText(last.grades)}`}. Another signature follows it;
          nothing is overwritten.
        </p>
      )}
      {of.isBlinded && (
        <p className={classes.note}>
          Your grade comes first: the model’s answer is shown once you have signed.
        </p>
      )}
      <div className={classes.acts}>
        <Act command="confirm" name="Confirm" isPressed={isConfirmed} why={noConfirm} onRun={acts.confirm!} />
        <Act
          command="change"
          name={of.isBlinded ? 'Grade' : 'Change'}
          isPressed={isChanging && isGraded && !isConfirmed && !draft.isRetake}
          why={of.blocked}
          onRun={acts.change!}
        />
        <Act
          command="retake"
          name="Retake"
          isPressed={draft.isRetake}
          why={of.blocked}
          onRun={acts.retake!}
        />
      </div>
      {isChanging ? (
        <div ref={choices} className={classes.choices}>
          {of.eyes.map((eye) => (
            <Choices
              key={eye}
              eye={eye}
              of={of}
              chosen={draft.grades[eye]}
              onChoose={(grade) =>
                change({ ...draft, isRetake: false, grades: { ...draft.grades, [eye]: grade } })
              }
            />
          ))}
        </div>
      ) : (
        <Answers who={isGraded ? 'You' : 'Models'} grades={isGraded ? draft.grades : of.model} of={of} />
      )}
      {draft.isRetake && (
        <p className={classes.note}>
          New images are asked for. Say below which eye, and what was wrong: it is what the photographer
          reads.
        </p>
      )}
      {begun && of.last && begun.after !== of.last.id && (
        <p className={classes.note}>
          {of.last.reader} has signed since you began. What you began stands here; signed, it follows theirs.
        </p>
      )}
      <Textarea
        label="Comment"
        autosize
        minRows={1}
        maxRows={6}
        maxLength={4000}
        value={draft.comment}
        onChange={({ currentTarget }) => change({ ...draft, comment: currentTarget.value })}
      />
      {of.concerns.length > 0 && (
        <div className={classes.concerns}>
          <ul>
            {of.concerns.map((words) => (
              <li key={words}>
                <AlertIcon /> {words}
              </li>
            ))}
          </ul>
          <label>
            <input
              type="checkbox"
              checked={draft.hasLooked}
              onChange={({ currentTarget }) => change({ ...draft, hasLooked: currentTarget.checked })}
            />
            I have looked, and each eye is right
          </label>
        </div>
      )}
      {failure && (
        <p className={classes.failure} role="alert">
          <AlertIcon /> {failure.message} {failure.hint}
        </p>
      )}
      <Sign why={noSign} isSigning={isSigning} isRetake={draft.isRetake} onRun={acts.sign!} />
      <p className="spoken" role="status">
        {said}
      </p>
    </form>
  );
}

const gradesText = (grades: Case['model'] & object): string =>
  Object.entries(grades)
    .map(([eye, grade]) => `${eye} ${levelName(grade).toLowerCase()}`)
    .join(', ');

interface AnswersProps {
  readonly who: string;
  readonly grades: Case['model'];
  readonly of: Case;
}

/** Both eyes in one line: what is about to be confirmed must be in sight, and then what was. */
function Answers({ who, grades, of }: AnswersProps) {
  if (!grades || !of.eyes.some((eye) => grades[eye])) return null;
  return (
    <dl className={classes.answers}>
      <dt>{who}</dt>
      {of.eyes.map((eye) => {
        const grade = grades[eye];
        return (
          <dd key={eye}>
            <strong>{eye}</strong>{' '}
            {grade ? <ResultChip result={grade.result} name={answerName(grade)} /> : 'no answer'}
          </dd>
        );
      })}
    </dl>
  );
}

interface ActProps {
  readonly command: Command;
  readonly name: string;
  readonly isPressed: boolean;
  /** Why it cannot be done; null where it can. */
  readonly why: string | null;
  readonly onRun: () => void;
}

function Act({ command, name, isPressed, why, onRun }: ActProps) {
  const hasKey = useHasKey(command);
  return (
    <button
      type="button"
      className={classes.act}
      aria-pressed={isPressed}
      aria-disabled={why !== null || undefined}
      aria-keyshortcuts={hasKey ? ariaKeys(command) : undefined}
      title={why === null ? undefined : `${why}.`}
      onClick={onRun}
    >
      {name}
      {hasKey && <kbd>{keyText(command)}</kbd>}
    </button>
  );
}

interface SignProps {
  readonly why: string | null;
  readonly isSigning: boolean;
  readonly isRetake: boolean;
  readonly onRun: () => void;
}

function Sign({ why, isSigning, isRetake, onRun }: SignProps) {
  const id = useId();
  return (
    <div className={classes.sign}>
      <Button
        fullWidth
        size="md"
        loading={isSigning}
        // Not `disabled`: whoever comes to it by keys is told why.
        {...(why !== null && { 'data-disabled': true, 'aria-disabled': true })}
        aria-describedby={id}
        aria-keyshortcuts={ariaKeys('sign')}
        onClick={onRun}
        rightSection={<kbd className={classes.signKey}>{keyText('sign')}</kbd>}
      >
        {isRetake ? 'Sign the retake' : 'Sign'}
      </Button>
      <p id={id} className={classes.why}>
        {why && !isSigning && `${why}.`}
      </p>
    </div>
  );
}

const useHasKey = (command: Command) => {
  const hasLetters = useLetters();
  return hasLetters || keyText(command).length > 1;
};

interface ChoicesProps {
  readonly eye: Eye;
  readonly of: Case;
  readonly chosen: Grade | undefined;
  readonly onChoose: (grade: Grade) => void;
}

/** The rule's levels, and that it cannot be graded; the models' own is marked. */
function Choices({ eye, of, chosen, onChoose }: ChoicesProps) {
  const name = useId();
  const options = [
    ...of.levels.map((level) => ({ grade: gradeOf(level), say: level.say })),
    { grade: UNGRADABLE, say: 'Nothing can be excluded.' },
  ];
  const said = options.find(({ grade }) => isSameGrade(grade, chosen) && chosen)?.say;
  return (
    <fieldset className={classes.eye} disabled={of.blocked !== null}>
      <legend>
        <strong>{eye}</strong> {EYE_NAMES[eye]}
      </legend>
      {options.map(({ grade, say }) => (
        <label key={levelName(grade)} title={say} data-result={grade.result}>
          <input
            type="radio"
            name={name}
            checked={chosen !== undefined && isSameGrade(grade, chosen)}
            onChange={() => onChoose(grade)}
          />
          <span>{levelName(grade)}</span>
          {of.model?.[eye] && isSameGrade(grade, of.model[eye]) && <small>model</small>}
        </label>
      ))}
      <p className={classes.say}>{said}</p>
    </fieldset>
  );
}
