import { Button, CloseButton, Skeleton, Tooltip } from '@mantine/core';
import type { ModelInfo, Reading } from '../server/contract.ts';
import { failureOf } from './api.ts';
import { Bars } from './bars.tsx';
import { Decision } from './decision.tsx';
import type { EvidenceState } from './evidence.ts';
import { EvidencePanel, EvidenceStatement } from './evidence-panel.tsx';
import { FailureCard } from './failure-card.tsx';
import { fileSize, meant, milliseconds, percent, shortHash } from './format.ts';
import { GateFindings } from './gate-findings.tsx';
import { GateOverride } from './gate-override.tsx';
import type { Picture } from './pictures.ts';
import type { ReadingState } from './queries.ts';
import classes from './result.module.css';

interface Props {
  readonly picture: Picture;
  readonly state: ReadingState | undefined;
  readonly model: ModelInfo;
  readonly evidence: EvidenceState;
  readonly onDetails: () => void;
  readonly onRemove: () => void;
  readonly onOperatingPoint: (name: string) => void;
  /** Reads it although the gate refused it. */
  readonly onOverride: (reason: string) => void;
}

/** What the model says of one picture; until then that it is reading, or why it could not. */
export function Result({
  picture,
  state,
  model,
  evidence,
  onDetails,
  onRemove,
  onOperatingPoint,
  onOverride,
}: Props) {
  const { manifest } = model;
  const reading = state?.data;
  return (
    <article className={classes.result} aria-busy={state?.isFetching}>
      <div className={classes.head}>
        <p className={classes.file} title={picture.file.name}>
          {picture.file.name}
        </p>
        <Tooltip label="Remove from the page">
          <CloseButton size="sm" aria-label={`Remove ${picture.file.name}`} onClick={onRemove} />
        </Tooltip>
      </div>
      {reading && <GateFindings gate={reading.gate} />}
      {reading && (
        <Answer
          reading={reading}
          model={model}
          evidence={evidence}
          onDetails={onDetails}
          onOperatingPoint={onOperatingPoint}
        />
      )}
      {reading && (
        <EvidencePanel
          key={picture.id}
          evidence={evidence}
          picture={picture}
          reading={reading}
          model={model}
        />
      )}
      {!reading && state?.error && (
        <FailureCard failure={failureOf(state.error)}>
          {GATE_REFUSALS.includes(failureOf(state.error).code) ? (
            <GateOverride key={picture.id} onOverride={onOverride} />
          ) : isOfTheFile(failureOf(state.error).code) ? null : (
            <Button variant="default" size="xs" onClick={() => state.refetch()} loading={state.isFetching}>
              Try again
            </Button>
          )}
        </FailureCard>
      )}
      {!reading && !state?.error && <Working classCount={manifest.labels.length} />}
      {reading && <Facts reading={reading} picture={picture} model={model} />}
    </article>
  );
}

const GATE_REFUSALS: readonly string[] = ['NOT_A_RETINA', 'MODALITY_WRONG'];

/** The same file would be refused again. */
const isOfTheFile = (code: string) => /^(FILE|IMAGE)_/.test(code);

function Answer({
  reading,
  model,
  evidence,
  onDetails,
  onOperatingPoint,
}: Pick<Props, 'model' | 'evidence' | 'onDetails' | 'onOperatingPoint'> & { reading: Reading }) {
  const { manifest } = model;
  return (
    <>
      <Predicted reading={reading} isMultiLabel={manifest.task === 'multi_label'} />
      {manifest.guess && (
        <p className={classes.guess}>
          How this model wants its pictures is a guess.{' '}
          <button type="button" onClick={onDetails}>
            Check it
          </button>
        </p>
      )}
      <Decision reading={reading} manifest={manifest} onOperatingPoint={onOperatingPoint} />
      <EvidenceStatement evidence={evidence} reading={reading} />
      <Bars
        reading={reading}
        manifest={manifest}
        explained={evidence.label}
        onExplain={evidence.isOpen ? evidence.setLabel : undefined}
      />
    </>
  );
}

interface PredictedProps {
  readonly reading: Reading;
  readonly isMultiLabel: boolean;
}

function Predicted({ reading: { outputs, predicted, gate, abstained }, isMultiLabel }: PredictedProps) {
  if (!gate.effect.positive && !gate.overridden)
    return (
      <div className={classes.predicted}>
        <h2 className={classes.label}>Not gradable</h2>
        <p className={classes.aside}>
          {gate.effect.words} What the model answers is listed below, and counts for nothing.
        </p>
      </div>
    );
  const held = predicted.flatMap((label) => outputs.find((o) => o.label === label) ?? []);
  if (abstained)
    return (
      <div className={classes.predicted}>
        <h2 className={classes.label}>Too uncertain to name one</h2>
        <p className={classes.aside}>A person has to read this picture.</p>
      </div>
    );
  if (held.length === 0) {
    const [closest] = outputs.toSorted((a, b) => meant(b) - meant(a));
    return (
      <div className={classes.predicted}>
        <h2 className={classes.label}>No class reaches its threshold</h2>
        {closest && (
          <p className={classes.aside}>
            Highest: {closest.name}, {percent(meant(closest))}
          </p>
        )}
        {!gate.effect.negative && <p className={classes.aside}>{gate.effect.words}</p>}
      </div>
    );
  }
  // A threshold is low where the finding is rare: what reaches it may still be more likely absent than there.
  const likely = isMultiLabel ? held.filter((output) => meant(output) >= 0.5) : held;
  const headed = likely.length > 0 ? likely : held.slice(0, 1);
  const suspected = held.filter((output) => !headed.includes(output));
  return (
    <div className={classes.predicted}>
      {headed.map((output) => (
        <h2 key={output.label} className={classes.label}>
          {output.name} <span className={classes.probability}>{percent(meant(output))}</span>
        </h2>
      ))}
      {isMultiLabel && (
        <p className={classes.aside}>
          {headed.length === 1 ? 'Reaches the threshold' : 'Each reaches the threshold'} that this model sets
          for it{likely.length === 0 && ', but is more likely absent than there: suspected'}.
        </p>
      )}
      {suspected.length > 0 && (
        <p className={classes.aside}>
          Suspected too, more likely absent than there:{' '}
          {suspected.map((output) => `${output.name} ${percent(meant(output))}`).join(', ')}.
        </p>
      )}
    </div>
  );
}

function Facts({ reading, picture, model }: Pick<Props, 'picture' | 'model'> & { reading: Reading }) {
  const { decode, gate, preprocess, inference } = reading.timings;
  return (
    <dl className={classes.facts}>
      <dt>Model</dt>
      <dd>
        {model.manifest.title}
        <span>
          version {reading.model.version} · <code>{shortHash(reading.model.sha256)}</code>
        </span>
      </dd>
      <dt>Time</dt>
      <dd>
        {milliseconds(decode + gate + preprocess + inference)}
        <span>
          decode {milliseconds(decode)} · gate {milliseconds(gate)} · prepare {milliseconds(preprocess)} ·
          model {milliseconds(inference)}
        </span>
      </dd>
      <dt>Image</dt>
      <dd>
        {reading.width} × {reading.height} px<span>{fileSize(picture.file.size)}</span>
      </dd>
    </dl>
  );
}

function Working({ classCount }: { readonly classCount: number }) {
  return (
    <div>
      <p className={classes.working}>Reading…</p>
      {Array.from({ length: Math.min(classCount, 8) }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={i} height={6} my={26} radius="xl" />
      ))}
    </div>
  );
}
