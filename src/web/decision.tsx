import { useId, useState } from 'react';
import { predictiveValues } from '../evaluate/decision.ts';
import type { Manifest, Reading } from '../server/contract.ts';
import classes from './decision.module.css';
import { percent } from './format.ts';

interface Props {
  readonly reading: Reading;
  readonly manifest: Manifest;
  readonly onOperatingPoint: (name: string) => void;
}

/** How the answer was decided: the point, what follows from several classes, what cannot be excluded. */
export function Decision({ reading, manifest, onOperatingPoint }: Props) {
  const { derived, set, operatingPoint } = reading;
  const id = useId();
  const { calibration } = manifest;
  if (!calibration || !operatingPoint)
    return <p className={classes.words}>Not calibrated: a figure here is no chance of being right.</p>;
  return (
    <section className={classes.decision} aria-label="Decision">
      {derived.map(({ label, name, probability, threshold, positive }) => (
        <p key={label} className={classes.derived} data-positive={positive || undefined}>
          <span>
            {name}
            <small>
              {positive ? 'reaches' : 'below'} its threshold of {percent(threshold)}
            </small>
          </span>
          <span>{percent(probability)}</span>
        </p>
      ))}
      {set && <p className={classes.words}>{set.words}</p>}
      <div className={classes.row}>
        <label htmlFor={id}>Decided at</label>
        <select
          id={id}
          value={operatingPoint}
          onChange={({ currentTarget }) => onOperatingPoint(currentTarget.value)}
        >
          {calibration.operatingPoints.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <Worth key={manifest.name} manifest={manifest} point={operatingPoint} />
    </section>
  );
}

/** Predictive values of a label where it is as frequent as the reader says (Bayes). */
function Worth({ manifest, point }: { readonly manifest: Manifest; readonly point: string }) {
  const thresholds =
    manifest.calibration?.operatingPoints.find(({ name }) => name === point)?.thresholds ?? [];
  const [label, setLabel] = useState(preferred(manifest));
  const [share, setShare] = useState('10');
  const id = useId();
  const at = thresholds.find((one) => one.label === label);
  const prevalence = Number(share) / 100;
  const isShare = prevalence > 0 && prevalence < 1;
  const values =
    at && isShare
      ? predictiveValues(
          { tp: at.sensitivity, fn: 1 - at.sensitivity, tn: at.specificity, fp: 1 - at.specificity },
          prevalence,
        )
      : undefined;
  return (
    <details className={classes.worth}>
      <summary>What a positive answer is worth</summary>
      <div className={classes.row}>
        <label htmlFor={id}>If</label>
        <input
          id={id}
          inputMode="decimal"
          value={share}
          aria-label="Percent of those who are read"
          aria-invalid={!isShare || undefined}
          onChange={({ currentTarget }) => setShare(currentTarget.value.replace(',', '.'))}
        />
        <span>% of those who are read have</span>
        <select
          aria-label="Label"
          value={label}
          onChange={({ currentTarget }) => setLabel(currentTarget.value)}
        >
          {[...(manifest.derived ?? []), ...manifest.labels].map((one) => (
            <option key={one.label} value={one.label}>
              {one.name}
            </option>
          ))}
        </select>
      </div>
      {values?.ppv != null && values.npv != null ? (
        <p className={classes.words}>
          Of those called positive <strong>{percent(values.ppv)}</strong> have it; of those called negative{' '}
          <strong>{percent(values.npv)}</strong> do not. Sensitivity {percent(at!.sensitivity)}, specificity{' '}
          {percent(at!.specificity)}, on the pictures that the point was chosen on.
        </p>
      ) : (
        <p className={classes.words}>A share above 0 and below 100 %.</p>
      )}
    </details>
  );
}

/** What follows from several classes first; else the first label that is a finding. */
const preferred = ({ derived, labels }: Manifest): string =>
  derived?.[0]?.label ?? labels.find(({ name }) => !/^normal$/i.test(name))?.label ?? labels[0]!.label;
