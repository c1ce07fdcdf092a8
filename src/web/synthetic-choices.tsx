import { Button, NumberInput, SegmentedControl, Select, Slider } from '@mantine/core';
import {
  ARTEFACTS,
  CAMERAS,
  type Camera,
  DISEASES,
  type Disease,
  type Eye,
  MODALITIES,
  type Modality,
  OCT_ARTEFACTS,
  PHASES,
  type PhantomParameters,
  type Phase,
  PUPIL_RANGE,
  SCANNERS,
  type ScannerName,
} from '../synth/index.ts';
import classes from './synthetic-page.module.css';

/** What someone has chosen on the page; what a modality does not know waits for one that does. */
export interface Choices {
  readonly modality: Modality;
  readonly disease: Disease | 'none';
  readonly grade: number;
  readonly eye: Eye;
  readonly seed: number;
  readonly field: 30 | 45 | 50;
  readonly centring: 'macula' | 'disc';
  readonly camera: Camera;
  /** mm. */
  readonly pupil: number;
  readonly scanner: ScannerName;
  /** µm below the fovea; undefined = through what there is to see. */
  readonly offset: number | undefined;
  readonly phase: Phase;
  /** Faults by camera and scanner. */
  readonly artefacts: Readonly<Record<'camera' | 'scanner', Readonly<Record<string, number>>>>;
}

/** A right eye with severe retinopathy. */
export const FIRST_CHOICES: Choices = {
  modality: 'fundus',
  disease: 'dr',
  grade: 3,
  eye: 'OD',
  seed: 11,
  field: 45,
  centring: 'macula',
  camera: 'tabletop',
  pupil: 5,
  scanner: 'spectralis',
  offset: undefined,
  phase: 'arteriovenous',
  artefacts: { camera: {}, scanner: {} },
};

const SHORT: Readonly<Record<Modality, string>> = { fundus: 'Fundus', oct: 'OCT', fa: 'Angiogram' };

/** The choices as the generator takes them. */
export function parametersOf(choices: Choices, modality: Modality, seed: number | string): PhantomParameters {
  const { disease, grade, eye, field, centring, camera, pupil, scanner, offset, phase, artefacts } = choices;
  const shared = { seed, eye, field, centring, diseases: disease === 'none' ? {} : { [disease]: grade } };
  if (modality === 'oct') {
    const at = offset === undefined ? {} : { offset };
    return { modality, ...shared, ...at, scanner, artefacts: artefacts.scanner };
  }
  const flat = { ...shared, size: 512, camera, pupil, artefacts: artefacts.camera };
  return modality === 'fa' ? { modality, ...flat, phase } : { modality, ...flat };
}

interface Props {
  readonly choices: Choices;
  /** Where the scan that is shown passes, µm below the fovea. */
  readonly scanned: number | undefined;
  /** Faults of the picture that is shown: those not chosen are drawn. */
  readonly usual: Readonly<Record<string, number>> | undefined;
  readonly onChange: (changed: Partial<Choices>) => void;
}

export function SyntheticChoices({ choices, scanned, usual, onChange }: Props) {
  const {
    modality,
    disease,
    grade,
    eye,
    seed,
    field,
    centring,
    camera,
    pupil,
    scanner,
    offset,
    phase,
    artefacts,
  } = choices;
  const range = disease === 'none' ? undefined : DISEASES[disease];
  const [device, faults] =
    modality === 'oct' ? (['scanner', OCT_ARTEFACTS] as const) : (['camera', ARTEFACTS] as const);
  return (
    <div className={classes.form}>
      <Choice
        label="Modality"
        value={modality}
        onChange={(value) => onChange({ modality: value as Modality })}
        choices={Object.keys(MODALITIES).map((value) => ({ value, label: SHORT[value as Modality] }))}
      />
      <Select
        label="Disease"
        data={[
          { value: 'none', label: 'none' },
          ...Object.entries(DISEASES).map(([value, { name }]) => ({ value, label: name })),
        ]}
        value={disease}
        onChange={(value) => {
          if (!value) return;
          const chosen = value as Disease | 'none';
          const most = chosen === 'none' ? grade : DISEASES[chosen].grades[1];
          onChange({ disease: chosen, grade: Math.min(grade, most) });
        }}
        allowDeselect={false}
      />
      {range && (
        <Labelled label={`Grade ${grade}`} hint={range.scale}>
          <Slider
            thumbLabel="Grade"
            value={grade}
            onChange={(value) => onChange({ grade: value })}
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
          onChange={(value) => onChange({ seed: Number(value) || 0 })}
        />
        <Button variant="default" onClick={() => onChange({ seed: Math.floor(Math.random() * 100_000) })}>
          Another eye
        </Button>
      </div>
      <div className={classes.row}>
        <Choice
          label="Eye"
          value={eye}
          onChange={(value) => onChange({ eye: value as Eye })}
          choices={['OD', 'OS']}
        />
        {modality !== 'oct' && (
          <>
            <Choice
              label="Field"
              value={`${field}°`}
              onChange={(value) => onChange({ field: Number.parseInt(value, 10) as 30 | 45 | 50 })}
              choices={['30°', '45°', '50°']}
            />
            <Choice
              label="Centred on"
              value={centring}
              onChange={(value) => onChange({ centring: value as 'macula' | 'disc' })}
              choices={['macula', 'disc']}
            />
          </>
        )}
      </div>
      {modality !== 'oct' && (
        <>
          <Select
            label="Camera"
            data={Object.entries(CAMERAS).map(([value, label]) => ({ value, label }))}
            value={camera}
            onChange={(value) => value && onChange({ camera: value as Camera })}
            allowDeselect={false}
          />
          <Labelled label={`Pupil ${pupil} mm`}>
            <Slider
              thumbLabel="Pupil, mm"
              value={pupil}
              onChange={(value) => onChange({ pupil: value })}
              min={PUPIL_RANGE[0]}
              max={PUPIL_RANGE[1]}
              step={0.5}
              label={null}
            />
          </Labelled>
        </>
      )}
      {modality === 'fa' && (
        <Choice
          label="Phase"
          value={phase}
          onChange={(value) => onChange({ phase: value as Phase })}
          choices={[...PHASES]}
        />
      )}
      {modality === 'oct' && (
        <>
          <Select
            label="Scanner"
            data={Object.entries(SCANNERS).map(([value, { name }]) => ({ value, label: name }))}
            value={scanner}
            onChange={(value) => value && onChange({ scanner: value as ScannerName })}
            allowDeselect={false}
          />
          <Labelled label="Scan" hint={scanHint(offset, scanned)}>
            <Slider
              thumbLabel="Scan, µm below the fovea"
              value={offset ?? scanned ?? 0}
              onChange={(value) => onChange({ offset: value })}
              min={-3000}
              max={3000}
              step={50}
              marks={[{ value: 0 }]}
              label={null}
            />
          </Labelled>
        </>
      )}
      <details>
        <summary>{device === 'camera' ? 'Camera faults' : 'Scan faults'}</summary>
        <div className={classes.faults}>
          {faults.map((artefact) => (
            <Labelled key={artefact} label={artefact.replace(/[A-Z]/g, (l) => ` ${l.toLowerCase()}`)}>
              <Slider
                thumbLabel={artefact}
                size="sm"
                value={artefacts[device][artefact] ?? usual?.[artefact] ?? 0}
                onChange={(value) =>
                  onChange({
                    artefacts: { ...artefacts, [device]: { ...artefacts[device], [artefact]: value } },
                  })
                }
                min={0}
                max={1}
                step={0.05}
              />
            </Labelled>
          ))}
        </div>
      </details>
    </div>
  );
}

const scanHint = (asked: number | undefined, scanned: number | undefined) => {
  const at = Math.round(asked ?? scanned ?? 0);
  const where = at === 0 ? 'through the fovea' : `${Math.abs(at)} µm ${at < 0 ? 'above' : 'below'} the fovea`;
  return asked === undefined ? `Through what there is to see, ${where}` : where;
};

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
  readonly choices: (string | { readonly value: string; readonly label: string })[];
  readonly onChange: (value: string) => void;
}

const Choice = ({ label, value, choices, onChange }: ChoiceProps) => (
  <div className={classes.labelled}>
    <span>{label}</span>
    <SegmentedControl aria-label={label} size="xs" data={choices} value={value} onChange={onChange} />
  </div>
);
