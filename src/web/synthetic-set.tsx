import { Button, Checkbox, NumberInput, Progress } from '@mantine/core';
import { useState } from 'react';
import { itemsOf, type Modality } from '../synth/index.ts';
import { FailureCard } from './failure-card.tsx';
import { DownloadIcon } from './icons.tsx';
import { usePhantomSet } from './phantoms.ts';
import { type Choices, parametersOf } from './synthetic-choices.tsx';
import classes from './synthetic-page.module.css';

/** A page holds an archive in memory: about 1 MB an eye with its masks. More is for the command. */
const MOST = 200;

/** Many eyes with these choices, each another, as one archive. */
export function SyntheticSet({
  choices,
  onSave,
}: {
  readonly choices: Choices;
  readonly onSave: (blob: Blob, name: string) => void;
}) {
  const [count, setCount] = useState(20);
  const [masks, setMasks] = useState(true);
  const seed = String(choices.seed);
  const { progress, failure, start, stop } = usePhantomSet((archive) =>
    onSave(archive, `phantoms ${seed}.zip`),
  );
  const modalities: Modality[] = [choices.modality];
  return (
    <details className={classes.set}>
      <summary>A set of such eyes</summary>
      <div className={classes.row}>
        <NumberInput
          label="Eyes"
          value={count}
          min={1}
          max={MOST}
          clampBehavior="strict"
          onChange={(value) => setCount(Number(value) || 1)}
        />
        <Checkbox
          label="with masks"
          checked={masks}
          onChange={(event) => setMasks(event.currentTarget.checked)}
        />
      </div>
      {progress ? (
        <div className={classes.progress}>
          <Progress.Root size="sm">
            <Progress.Section value={(100 * progress.drawn) / progress.of} aria-label="Eyes drawn" />
          </Progress.Root>
          <span role="status">
            {progress.drawn} of {progress.of}
          </span>
          <Button size="xs" variant="default" onClick={stop}>
            Stop
          </Button>
        </div>
      ) : (
        <Button
          variant="default"
          leftSection={<DownloadIcon />}
          onClick={() =>
            start(
              itemsOf({ seed, count, modalities }, (eye, modality) => parametersOf(choices, modality, eye)),
              masks,
            )
          }
        >
          Download the set
        </Button>
      )}
      {failure && (
        <FailureCard
          failure={{ code: 'PHANTOM_PARAMETER_INVALID', message: failure, hint: 'Choose otherwise.' }}
        />
      )}
      <p className={classes.line}>
        Pictures, masks, <code>labels.csv</code> and every number. More than {MOST}:{' '}
        <code>npx fovea phantom --help</code>
      </p>
    </details>
  );
}
