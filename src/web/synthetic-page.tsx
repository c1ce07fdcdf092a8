import { Button, Chip, Group, Loader, NumberInput, SegmentedControl, Select, Slider } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import {
  ARTEFACTS,
  type Artefact,
  DISEASES,
  type Disease,
  type Eye,
  type FundusParameters,
} from '../synth/index.ts';
import { FailureCard } from './failure-card.tsx';
import { BackIcon, DownloadIcon } from './icons.tsx';
import { paint, pictureFile, usePhantom } from './phantoms.ts';
import { PICTURES } from './route.ts';
import classes from './synthetic-page.module.css';

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

const FIRST = ['vessel', 'artery', 'vein', 'disc', 'cup', 'fovea', 'macula'];

/** "cottonWoolSpot" → "cotton wool spot". */
const words = (kind: string) => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** An eye of nobody, by choice, with everything in it known. */
export function SyntheticPage({ onFiles }: Props) {
  const [disease, setDisease] = useState<Disease | 'none'>('dr');
  const [grade, setGrade] = useState(3);
  const [eye, setEye] = useState<Eye>('OD');
  const [seed, setSeed] = useState(11);
  const [field, setField] = useState<30 | 45 | 50>(45);
  const [centring, setCentring] = useState<'macula' | 'disc'>('macula');
  const [artefacts, setArtefacts] = useState<Partial<Record<Artefact, number>>>({});
  const [shown, setShown] = useState<string[]>([]);
  const parameters: FundusParameters = {
    seed,
    size: 512,
    eye,
    field,
    centring,
    diseases: disease === 'none' ? {} : { [disease]: grade },
    artefacts,
  };
  const { drawn, failure, isDrawing } = usePhantom(parameters);
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
  const range = disease === 'none' ? undefined : DISEASES[disease];
  const truth = drawn?.phantom.truth;
  return (
    <main className={classes.page}>
      <section className={classes.stage} aria-label="Synthetic picture">
        <div className={classes.frame}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={`Synthetic fundus photograph, ${truth?.reasons.join(' ') ?? 'being drawn'}`}
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
                  {words(kind)}
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
        <div className={classes.form}>
          <Select
            label="Disease"
            data={[
              { value: 'none', label: 'none' },
              ...Object.entries(DISEASES).map(([value, { name }]) => ({ value, label: name })),
            ]}
            value={disease}
            onChange={(value) => {
              if (!value) return;
              setDisease(value as Disease | 'none');
              if (value !== 'none') setGrade(Math.min(grade, DISEASES[value as Disease].grades[1]));
            }}
            allowDeselect={false}
          />
          {range && (
            <Labelled label={`Grade ${grade}`} hint={range.scale}>
              <Slider
                thumbLabel="Grade"
                value={grade}
                onChange={setGrade}
                min={range.grades[0]}
                max={range.grades[1]}
                marks={Array.from({ length: range.grades[1] + 1 }, (_, value) => ({ value }))}
                label={null}
              />
            </Labelled>
          )}
          <div className={classes.row}>
            <NumberInput
              label="Seed"
              value={seed}
              min={0}
              max={999_999}
              onChange={(value) => setSeed(Number(value) || 0)}
            />
            <Button variant="default" onClick={() => setSeed(Math.floor(Math.random() * 100_000))}>
              Another eye
            </Button>
          </div>
          <div className={classes.row}>
            <Choice
              label="Eye"
              value={eye}
              onChange={(value) => setEye(value as Eye)}
              choices={['OD', 'OS']}
            />
            <Choice
              label="Field"
              value={`${field}°`}
              onChange={(value) => setField(Number.parseInt(value, 10) as 30 | 45 | 50)}
              choices={['30°', '45°', '50°']}
            />
            <Choice
              label="Centred on"
              value={centring}
              onChange={(value) => setCentring(value as 'macula' | 'disc')}
              choices={['macula', 'disc']}
            />
          </div>
          <details>
            <summary>Camera faults</summary>
            <div className={classes.faults}>
              {ARTEFACTS.map((artefact) => (
                <Labelled key={artefact} label={artefact}>
                  <Slider
                    thumbLabel={artefact}
                    size="sm"
                    value={artefacts[artefact] ?? 0}
                    onChange={(value) => setArtefacts({ ...artefacts, [artefact]: value })}
                    min={0}
                    max={1}
                    step={0.05}
                  />
                </Labelled>
              ))}
            </div>
          </details>
        </div>
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
              if (drawn) download(await pictureFile(drawn));
            }}
          >
            Download
          </Button>
        </Group>
        {truth && (
          <section className={classes.truth} aria-label="Truth">
            <h3>What is in it</h3>
            {truth.reasons.map((reason) => (
              <p key={reason}>{reason}</p>
            ))}
            <table>
              <tbody>
                {rowsOf(truth).map(([name, value]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{value}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className={classes.line}>
              Sets of any size, with masks: <code>npx fovea phantom --help</code>
            </p>
          </section>
        )}
        <footer className={classes.disclaimer}>
          <strong>Research use only. Not a medical device.</strong> <span>Synthetic: nobody’s eye.</span>
        </footer>
      </aside>
    </main>
  );
}

type Truth = NonNullable<ReturnType<typeof usePhantom>['drawn']>['phantom']['truth'];

const rowsOf = (truth: Truth): [string, string][] => [
  ['Age', `${Math.round(truth.age)} years`],
  ['Cup to disc', truth.cupToDisc.toFixed(2)],
  ['Disc to fovea', `${(truth.discToFoveaMicrometres / 1000).toFixed(2)} mm`],
  ['Arteries to veins', truth.avr.toFixed(2)],
  ...Object.entries(truth.counts).map(([kind, count]): [string, string] => [words(kind), String(count)]),
];

function Labelled({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: React.ReactNode;
}) {
  return (
    <div className={classes.labelled}>
      <span>{label}</span>
      {children}
      {hint && <small>{hint}</small>}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: string[];
  readonly onChange: (value: string) => void;
}

const Choice = ({ label, value, choices, onChange }: ChoiceProps) => (
  <div className={classes.labelled}>
    <span>{label}</span>
    <SegmentedControl aria-label={label} size="xs" data={choices} value={value} onChange={onChange} />
  </div>
);

function download(file: File): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
