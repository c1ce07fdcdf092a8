import { Button, Chip, Group, Loader } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { MODALITIES } from '../synth/index.ts';
import { FailureCard } from './failure-card.tsx';
import { BackIcon, DownloadIcon } from './icons.tsx';
import { paint, pictureFile, usePhantom } from './phantoms.ts';
import { PICTURES } from './route.ts';
import { save } from './save.ts';
import { type Choices, FIRST_CHOICES, parametersOf, SyntheticChoices } from './synthetic-choices.tsx';
import classes from './synthetic-page.module.css';
import { SyntheticSet } from './synthetic-set.tsx';
import { SyntheticTruth, words } from './synthetic-truth.tsx';

interface Props {
  readonly onFiles: (files: readonly File[]) => void;
}

/** Masks in the order of their chips; colours apart for any colour vision (Okabe and Ito 2008). */
const MASK_COLOURS: readonly (readonly [number, number, number])[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
];

const CHIP = { label: classes.chip! };

/** Parts that every eye has come first, then what disease brought. */
const FIRST = [
  ...['vessel', 'artery', 'vein', 'disc', 'cup', 'fovea', 'macula'],
  ...['retina', 'rnfl', 'gcl', 'ipl', 'inl', 'opl', 'onl', 'photoreceptors', 'rpe', 'choroid'],
];

/** Layers go by their abbreviations. */
const labelOf = (kind: string) =>
  /^(rnfl|gcl|ipl|inl|opl|onl|rpe)$/.test(kind) ? kind.toUpperCase() : words(kind);

/** An eye of nobody, by choice, with everything in it known. */
export function SyntheticPage({ onFiles }: Props) {
  const [choices, setChoices] = useState<Choices>(FIRST_CHOICES);
  const [shown, setShown] = useState<string[]>([]);
  const { drawn, failure, isDrawing } = usePhantom(parametersOf(choices, choices.modality, choices.seed));
  const canvas = useRef<HTMLCanvasElement>(null);
  const kinds = drawn ? Object.keys(drawn.phantom.masks).filter((kind) => kind !== 'field') : [];
  const ordered = [
    ...FIRST.filter((kind) => kinds.includes(kind)),
    ...kinds.filter((kind) => !FIRST.includes(kind)),
  ];
  const colourOf = (kind: string) => MASK_COLOURS[ordered.indexOf(kind) % MASK_COLOURS.length]!;
  useEffect(() => {
    if (!drawn || !canvas.current) return;
    paint(
      canvas.current,
      drawn.phantom,
      ordered.filter((kind) => shown.includes(kind)).map((kind) => ({ kind, colour: colourOf(kind) })),
    );
  });
  const truth = drawn?.phantom.truth;
  return (
    <main className={classes.page}>
      <section className={classes.stage} aria-label="Synthetic picture">
        <div className={classes.frame}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={`Synthetic ${MODALITIES[choices.modality]}, ${truth?.reasons.join(' ') ?? 'being drawn'}`}
          />
          {isDrawing && (
            <span className={classes.drawing} role="status">
              <Loader size={16} color="gray.3" /> Drawing…
            </span>
          )}
        </div>
        <fieldset className={classes.masks}>
          <legend>Masks</legend>
          <Chip.Group multiple value={shown} onChange={setShown}>
            <Group gap={6}>
              {ordered.map((kind) => (
                <Chip key={kind} value={kind} size="xs" color="gray" variant="outline" classNames={CHIP}>
                  <span className={classes.swatch} style={{ background: `rgb(${colourOf(kind).join()})` }} />
                  {labelOf(kind)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </fieldset>
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <aside className={classes.side} aria-label="Choices" tabIndex={0}>
        <a className={classes.back} href={PICTURES}>
          <BackIcon /> Pictures
        </a>
        <div>
          <h2>Synthetic eye</h2>
          <p className={classes.line}>Drawn from anatomy. It is nobody’s, and everything in it is known.</p>
        </div>
        <SyntheticChoices
          choices={choices}
          usual={truth?.artefacts}
          scanned={truth && 'offset' in truth ? truth.offset : undefined}
          onChange={(changed) => setChoices((before) => ({ ...before, ...changed }))}
        />
        {failure && (
          <FailureCard
            failure={{ code: 'PHANTOM_PARAMETER_INVALID', message: failure, hint: 'Choose otherwise.' }}
          />
        )}
        <Group gap="xs">
          <Button
            disabled={!drawn}
            onClick={async () => {
              if (drawn) onFiles([await pictureFile(drawn)]);
            }}
          >
            Read this picture
          </Button>
          <Button
            variant="default"
            leftSection={<DownloadIcon />}
            disabled={!drawn}
            onClick={async () => {
              if (!drawn) return;
              save(await pictureFile(drawn));
            }}
          >
            Download
          </Button>
        </Group>
        <SyntheticSet
          choices={choices}
          onSave={(archive, name) => save(new File([archive], name, { type: archive.type }))}
        />
        {drawn && <SyntheticTruth phantom={drawn.phantom} />}
        <footer className={classes.disclaimer}>
          <strong>Research use only. Not a medical device.</strong> <span>Synthetic: nobody’s eye.</span>
        </footer>
      </aside>
    </main>
  );
}
