import type { ImageReading, Outcome } from '../../server/clinic-contract.ts';
import type { Manifest, Reading } from '../../server/contract.ts';
import { percent, shortHash } from '../format.ts';
import { GateFindings } from '../gate-findings.tsx';
import { EYE_NAMES } from './names.ts';
import type { Eye } from './pair-view.ts';
import { ProbabilityBars } from './probability-bars.tsx';
import classes from './result-card.module.css';
import { ResultChip } from './result-chip.tsx';

/** What `ResultCard` needs of one eye. */
export interface ResultCardProps {
  readonly eye: Eye;
  /** What the rule makes of all of the eye's images; null until they were read. */
  readonly outcome: Outcome['eyes'][number] | null;
  /** Null until something was read. */
  readonly rule: Outcome['rule'] | null;
  /** The models' answers to the image that is shown, as the visit lists them; empty until it was read. */
  readonly readings: readonly ImageReading[];
  /** File name of the image that is shown; null where there is none. */
  readonly fileName: string | null;
  /** Of the models at hand, for their titles and thresholds; a reading of another one goes without. */
  readonly manifests: readonly Manifest[];
  /** What the answer rests on, in a sentence (`Evidence.sentence`); null until it was asked for. */
  readonly why: string | null;
  /** The reader is to grade first: nothing of the answer is in the page. */
  readonly hidden: boolean;
}

/** One eye: what becomes of it, what cannot be excluded, how probable everything is, and how good its image is. */
export function ResultCard(props: ResultCardProps) {
  const { eye, outcome, rule, fileName, hidden, why } = props;
  const answers = latestByModel(props.readings);
  const gate = answers.find(({ reading }) => reading)?.reading?.gate;
  return (
    <article className={classes.card} aria-label={`${EYE_NAMES[eye]}: result`}>
      <header className={classes.head}>
        <h2>
          <strong>{eye}</strong> {EYE_NAMES[eye]}
        </h2>
        {!hidden && outcome && <ResultChip result={outcome.result} />}
      </header>
      {hidden ? (
        <p className={classes.hidden}>Grade first, then the model’s answer is shown.</p>
      ) : (
        <>
          {outcome ? (
            <OutcomeWords outcome={outcome} />
          ) : (
            <p className={classes.none}>
              {fileName === null ? `No image of the ${EYE_NAMES[eye].toLowerCase()}.` : 'Not read yet.'}
            </p>
          )}
          {why && (
            <p className={classes.why}>
              <strong>Why</strong> {why}
            </p>
          )}
          {gate && <GateFindings gate={gate} label={`${EYE_NAMES[eye]}: what the gate found`} />}
          {answers.map((answer, i) => (
            <Answer
              key={answer.id}
              answer={answer}
              manifest={props.manifests.find(({ name }) => name === answer.model.name)}
              isFirst={i === 0}
            />
          ))}
          {(rule || answers.length > 0) && (
            <footer className={classes.foot}>
              {rule && (
                <p>
                  By the rule “{rule.title}”, version {rule.version}.
                </p>
              )}
              <p>Research use only, not a medical device.</p>
            </footer>
          )}
        </>
      )}
    </article>
  );
}

/** The first sentence is what is to be seen at once; what stands beside it is read after what to do. */
function OutcomeWords({ outcome: { say, next } }: { readonly outcome: Outcome['eyes'][number] }) {
  const [first, ...more] = say.split(/(?<=\.)\s+/);
  return (
    <div className={classes.outcome}>
      <p className={classes.say}>{first}</p>
      {next && <p className={classes.next}>{sentence(next)}</p>}
      {more.length > 0 && <p className={classes.more}>{more.join(' ')}</p>}
    </div>
  );
}

/** The last answer of each model, in the order in which the models first answered. */
function latestByModel(readings: readonly ImageReading[]): ImageReading[] {
  const latest = new Map<string, ImageReading>();
  for (const reading of readings.toSorted((a, b) => a.at.localeCompare(b.at)))
    latest.set(reading.model.name, reading);
  return [...latest.values()];
}

interface AnswerProps {
  readonly answer: ImageReading;
  readonly manifest: Manifest | undefined;
  /** The first is open; others are opened by whoever wants to know. */
  readonly isFirst: boolean;
}

function Answer({ answer: { model, reading, refusal }, manifest, isFirst }: AnswerProps) {
  const title = manifest?.title ?? model.name;
  return (
    <details className={classes.answer} open={isFirst}>
      <summary>
        <span>{title}</span>
        {reading && <span className={classes.brief}>{briefOf(reading)}</span>}
      </summary>
      {reading?.set && <p className={classes.set}>{reading.set.words}</p>}
      {reading && <ProbabilityBars reading={reading} manifest={manifest} />}
      {refusal && (
        <p className={classes.refusal}>
          {refusal.message} {refusal.hint}
        </p>
      )}
      <p className={classes.model}>
        {model.name} {model.version} · <code title={model.sha256}>{shortHash(model.sha256)}</code>
      </p>
    </details>
  );
}

/** The answer in a few words, for who does not open it. */
function briefOf({ outputs, predicted, abstained, gate }: Reading): string {
  if (!gate.effect.positive && !gate.overridden) return 'does not count';
  if (abstained) return 'abstains';
  const held = outputs.filter(({ label }) => predicted.includes(label));
  const [first] = held;
  if (!first) return 'none reaches its threshold';
  return `${first.name} ${percent(first.calibrated ?? first.probability)}${held.length > 1 ? ` and ${held.length - 1} more` : ''}`;
}

const sentence = (words: string) => `${words[0]!.toUpperCase()}${words.slice(1)}`;
