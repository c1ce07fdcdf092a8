import type { Manifest, Reading } from '../server/contract.ts';
import classes from './bars.module.css';
import { meant, percent } from './format.ts';

interface Props {
  readonly reading: Reading;
  readonly manifest: Manifest;
  /** Where classes can be explained: which one is, and the way to another. */
  readonly explained?: string | undefined;
  readonly onExplain?: ((label: string) => void) | undefined;
}

/** Every class with its probability, the most probable first; in multi-label models each with its threshold. */
export function Bars({
  reading: { outputs, predicted, operatingPoint },
  manifest,
  explained,
  onExplain,
}: Props) {
  const isMultiLabel = manifest.task === 'multi_label';
  const point = manifest.calibration?.operatingPoints.find(({ name }) => name === operatingPoint);
  const thresholdOf = (label: string, own = 0.5) =>
    point?.thresholds.find((one) => one.label === label)?.threshold ?? own;
  const rows = outputs
    .map((output, i) => ({
      ...output,
      index: i,
      isPredicted: predicted.includes(output.label),
      threshold: isMultiLabel ? thresholdOf(output.label, manifest.labels[i]?.threshold) : undefined,
    }))
    .toSorted((a, b) => meant(b) - meant(a));
  return (
    <div>
      <div className={classes.heading}>
        <h3 id="classes">All classes</h3>
        {isMultiLabel && (
          <span className={classes.legend}>
            <span className={classes.sample} aria-hidden="true" /> threshold
          </span>
        )}
      </div>
      <ol className={classes.bars} aria-labelledby="classes">
        {rows.map(({ index, label, name, probability, calibrated, isPredicted, threshold }) => (
          <li
            key={index}
            data-predicted={isPredicted || undefined}
            data-explained={(onExplain && explained === label) || undefined}
          >
            {onExplain ? (
              <button
                type="button"
                className={classes.name}
                aria-pressed={explained === label}
                title={`Show the evidence for ${name}`}
                onClick={() => onExplain(label)}
              >
                {name}
              </button>
            ) : (
              <span className={classes.name}>{name}</span>
            )}
            <span className={classes.value}>
              {calibrated !== null && (
                <span className={classes.raw} title="As the network says it, before calibration">
                  {percent(probability)}
                </span>
              )}
              {percent(calibrated ?? probability)}
              {isPredicted && <span className="spoken"> predicted</span>}
              {threshold !== undefined && <span className="spoken"> threshold {percent(threshold)}</span>}
            </span>
            <span
              className={classes.track}
              title={threshold === undefined ? undefined : `Threshold ${percent(threshold)}`}
            >
              <span className={classes.bar} style={{ width: `${(calibrated ?? probability) * 100}%` }} />
              {threshold !== undefined && (
                <span className={classes.tick} style={{ left: `${threshold * 100}%` }} />
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
