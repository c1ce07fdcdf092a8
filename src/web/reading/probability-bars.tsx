import type { Manifest, Reading } from '../../server/contract.ts';
import { meant, percent } from '../format.ts';
import classes from './probability-bars.module.css';

interface Props {
  readonly reading: Reading;
  /** For the thresholds of models of several labels; without it none are drawn. */
  readonly manifest: Manifest | undefined;
}

/** What follows from several classes, then every class, the most probable first, by its calibrated probability. */
export function ProbabilityBars({ reading, manifest }: Props) {
  const { outputs, derived, predicted, operatingPoint } = reading;
  const isMultiLabel = manifest?.task === 'multi_label';
  const point = manifest?.calibration?.operatingPoints.find(({ name }) => name === operatingPoint);
  const rows = [
    ...derived.map(({ label, name, probability, threshold, positive }) => ({
      label,
      name,
      probability,
      threshold,
      isHeld: positive,
    })),
    ...outputs
      .toSorted((a, b) => meant(b) - meant(a))
      .map((output) => ({
        label: output.label,
        name: output.name,
        probability: meant(output),
        threshold: isMultiLabel
          ? (point?.thresholds.find(({ label }) => label === output.label)?.threshold ?? null)
          : null,
        isHeld: predicted.includes(output.label),
      })),
  ];
  const isCalibrated = outputs.some(({ calibrated }) => calibrated !== null);
  return (
    <>
      <ol className={classes.bars} aria-label="Probabilities">
        {rows.map(({ label, name, probability, threshold, isHeld }) => (
          <li key={label} data-predicted={isHeld || undefined}>
            <span className={classes.name}>{name}</span>
            <span className={classes.value}>
              {percent(probability)}
              {isHeld && <span className="spoken"> predicted</span>}
              {threshold !== null && <span className="spoken"> threshold {percent(threshold)}</span>}
            </span>
            <span
              className={classes.track}
              title={threshold === null ? undefined : `Threshold ${percent(threshold)}`}
            >
              <span className={classes.bar} style={{ width: `${probability * 100}%` }} />
              {threshold !== null && (
                <span className={classes.tick} style={{ left: `${threshold * 100}%` }} />
              )}
            </span>
          </li>
        ))}
      </ol>
      {!isCalibrated && (
        <p className={classes.note}>Not calibrated: a figure here is no chance of being right.</p>
      )}
    </>
  );
}
