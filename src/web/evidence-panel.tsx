import { Button, Group, Loader, Select } from '@mantine/core';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import type { Evidence, Method, ModelInfo, Reading } from '../server/contract.ts';
import { AlikeCases } from './alike.tsx';
import { type Failure, failureOf } from './api.ts';
import { type EvidenceState, METHOD_NAMES } from './evidence.ts';
import { evidenceFile } from './evidence-file.ts';
import { isCropped } from './evidence-layers.tsx';
import { speaks, strongest } from './evidence-map.ts';
import classes from './evidence-panel.module.css';
import { FailureCard } from './failure-card.tsx';
import { percent } from './format.ts';
import { DownloadIcon, EyeIcon } from './icons.tsx';
import type { Picture } from './pictures.ts';
import { save } from './save.ts';
import { useShownUrl } from './shown-url.ts';

interface Props {
  readonly evidence: EvidenceState;
  readonly picture: Picture;
  readonly reading: Reading;
  readonly model: ModelInfo;
}

/** What was pressed is gone with its press: the focus goes on to what came of it. */
function switchTo(evidence: EvidenceState, isOpen: boolean): void {
  flushSync(() => evidence.setOpen(isOpen));
  document.getElementById(isOpen ? 'evidence' : 'show-evidence')?.focus();
}

/** Above the classes: what the answer rests on, and how far that goes. */
export function EvidenceStatement({ evidence, reading }: Pick<Props, 'evidence' | 'reading'>) {
  if (!evidence.isOpen) return null;
  const { map } = evidence;
  const explained = reading.outputs.find(({ label }) => label === evidence.label);
  return (
    <section className={classes.statement} aria-labelledby="evidence">
      <div className={classes.heading}>
        <h3 id="evidence" tabIndex={-1}>
          {explained ? `Evidence for ${explained.name}` : 'Evidence'}
        </h3>
        <Button variant="subtle" size="compact-xs" onClick={() => switchTo(evidence, false)}>
          Hide
        </Button>
      </div>
      <div aria-live="polite">
        {map.data ? <About map={map.data} /> : map.error ? null : <Looking evidence={evidence} />}
      </div>
      {map.error && <Refused evidence={evidence} failure={failureOf(map.error)} />}
    </section>
  );
}

/** Below the classes: by which method, what becomes of the answer without a part of the picture, and the file. */
export function EvidencePanel({ evidence, picture, reading, model }: Props) {
  if (!evidence.isOpen) {
    return (
      <section className={classes.closed} aria-label="Evidence">
        <Button
          id="show-evidence"
          variant="default"
          fullWidth
          leftSection={<EyeIcon />}
          onClick={() => switchTo(evidence, true)}
        >
          Show what it looked at
        </Button>
      </section>
    );
  }
  return (
    <section className={classes.panel} aria-label="Evidence tools">
      <MethodChooser evidence={evidence} />
      <TakenAway evidence={evidence} />
      <AlikeCases picture={picture} model={model} label={evidence.label} />
      {evidence.shown && <SaveButton evidence={evidence} picture={picture} reading={reading} model={model} />}
    </section>
  );
}

function Looking({ evidence }: { readonly evidence: EvidenceState }) {
  const { method, setMethod } = evidence;
  return (
    <p className={classes.looking}>
      <Loader size={16} /> Looking{method && ` by ${METHOD_NAMES[method]}`}…
      <Button
        variant="subtle"
        size="compact-xs"
        onClick={() => (method ? setMethod(undefined) : switchTo(evidence, false))}
      >
        Stop
      </Button>
    </p>
  );
}

/** What the map says, and how far it goes. */
function About({ map }: { readonly map: Evidence }) {
  const { method, why, caveat, sentence, evidence, evidenceReason } = map;
  const name = METHOD_NAMES[method];
  return (
    <div className={classes.about}>
      <p className={classes.sentence}>
        {evidence === false ? `The map of ${name} is not shown: for this model it is no evidence.` : sentence}
      </p>
      {speaks(map) && (
        <p>
          {evidence && <strong>Checked. </strong>}
          {evidenceReason}
        </p>
      )}
      <p className={classes.small}>
        <strong>{name}.</strong> {caveat} {why}
        {isCropped(map) && ' What is darkened the model does not see.'}
      </p>
    </div>
  );
}

/** What a method that asks only for answers does not meet. */
const OF_THE_METHOD = /^(GRADIENT_UNSUPPORTED|EXPLANATION_IMPOSSIBLE)$/;

function Refused({ evidence, failure }: { readonly evidence: EvidenceState; readonly failure: Failure }) {
  const { map, setMethod } = evidence;
  return (
    <FailureCard failure={failure}>
      {OF_THE_METHOD.test(failure.code) ? (
        <Button variant="default" size="xs" onClick={() => setMethod('occlusion')}>
          Use occlusion
        </Button>
      ) : (
        <Button variant="default" size="xs" onClick={() => map.refetch()} loading={map.isFetching}>
          Try again
        </Button>
      )}
    </FailureCard>
  );
}

const named = (...methods: Method[]) => methods.map((value) => ({ value, label: METHOD_NAMES[value] }));

/** What stands for no choice. */
const DEFAULT = 'default';

function MethodChooser({ evidence: { method, setMethod } }: { readonly evidence: EvidenceState }) {
  return (
    <Select
      label="Method"
      size="sm"
      allowDeselect={false}
      value={method ?? DEFAULT}
      onChange={(value) => setMethod(value === DEFAULT ? undefined : (value as Method))}
      data={[
        { value: DEFAULT, label: 'Fovea’s choice for this model' },
        {
          group: 'From its features',
          items: named(
            'cam',
            'grad-cam',
            'grad-cam++',
            'hires-cam',
            'eigen-cam',
            'score-cam',
            'attention-rollout',
          ),
        },
        {
          group: 'From the pixels',
          items: named('input-gradient', 'integrated-gradients', 'smoothgrad'),
        },
        { group: 'From its answers alone (slow)', items: named('occlusion', 'rise') },
      ]}
    />
  );
}

/** Smaller moves are not worth a line. */
const WORTH_TELLING = 0.005;

function TakenAway({ evidence }: { readonly evidence: EvidenceState }) {
  const { circles, occlusion, label, shown, isTaking } = evidence;
  const shifts = (occlusion.data?.outputs ?? [])
    .filter((o) => o.label === label || Math.abs(o.after - o.before) >= WORTH_TELLING)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  return (
    <div className={classes.without}>
      <h4>Without a part of it</h4>
      {circles.length === 0 && (
        <p className={classes.hint}>
          {isTaking
            ? 'Click in the picture: what is there gives way to the colours around it, and the model answers again.'
            : 'Take away what seems to matter, and see whether the answer moves.'}
        </p>
      )}
      {circles.length > 0 && occlusion.error && (
        <FailureCard failure={failureOf(occlusion.error)}>
          <Button variant="default" size="xs" onClick={() => occlusion.refetch()}>
            Try again
          </Button>
        </FailureCard>
      )}
      <div role="status">
        {circles.length > 0 && !occlusion.error && (
          <table className={classes.shifts} aria-busy={occlusion.isFetching}>
            <caption className="spoken">Probability of each class that moved, before and after</caption>
            <thead>
              <tr>
                <th scope="col">{circles.length === 1 ? '1 part' : `${circles.length} parts`} taken away</th>
                <th scope="col">before</th>
                <th scope="col">after</th>
              </tr>
            </thead>
            <tbody>
              {shifts.map(({ label: key, name, before, after }) => (
                <tr key={key} data-explained={key === label || undefined}>
                  <th scope="row">{name}</th>
                  <td>{percent(before)}</td>
                  <td>{percent(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <Group gap="xs">
        {shown && circles.length === 0 && (
          <Button
            variant="default"
            size="xs"
            onClick={() => {
              const { x, y } = strongest(shown);
              evidence.takeAway(x, y);
            }}
          >
            Take away the strongest place
          </Button>
        )}
        {!isTaking && (
          <Button variant="default" size="xs" onClick={() => evidence.setTaking(true)}>
            Choose in the picture
          </Button>
        )}
        {circles.length > 0 && (
          <>
            <Button variant="default" size="xs" onClick={evidence.undo}>
              Undo
            </Button>
            <Button variant="subtle" size="xs" onClick={evidence.putBack}>
              Put everything back
            </Button>
          </>
        )}
      </Group>
    </div>
  );
}

function SaveButton({ evidence, picture, reading, model }: Props) {
  const { url } = useShownUrl(picture);
  const [isSaving, setSaving] = useState(false);
  const { shown, look, palette, opacity } = evidence;
  return (
    <Button
      variant="default"
      leftSection={<DownloadIcon />}
      loading={isSaving}
      disabled={!url}
      onClick={async () => {
        if (!shown || !url) return;
        setSaving(true);
        const { title } = model.manifest;
        const made = await evidenceFile(url, shown, { look, palette, opacity, title, reading });
        setSaving(false);
        save(made);
      }}
    >
      Save as picture
    </Button>
  );
}
