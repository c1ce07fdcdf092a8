import { gradientOf } from '../evidence-map.ts';
import { HEAT_PALETTE } from './heat-map-layer.tsx';
import { type Dial, dialled, dialOf, isPlain, PLAIN } from './tone.ts';
import type { Tools } from './tools.ts';
import classes from './tune-bar.module.css';

interface Props {
  readonly tools: Tools;
  readonly isHeatMapOn: boolean;
  readonly onTools: (change: Partial<Tools>) => void;
}

const DIALS: readonly { readonly dial: Dial; readonly name: string }[] = [
  { dial: 'brightness', name: 'Brightness' },
  { dial: 'contrast', name: 'Contrast' },
  { dial: 'gamma', name: 'Gamma' },
];

const POWERS = [2, 2.5, 3, 4] as const;

/** Under the pictures, as dark as they: what can be turned of the tools that are on. Nothing where none can. */
export function TuneBar({ tools, isHeatMapOn, onTools }: Props) {
  const { tone, isAdjusting, isLensOn, power, opacity, isToneKept } = tools;
  if (!isAdjusting && !isLensOn && !isHeatMapOn) return null;
  return (
    <div className={classes.bar}>
      {isAdjusting && (
        <fieldset className={classes.group}>
          <legend className="spoken">Adjust</legend>
          {DIALS.map(({ dial, name }) => (
            <label key={dial} className={classes.range}>
              <span>{name}</span>
              <input
                type="range"
                min={-100}
                max={100}
                step={1}
                value={dialOf(tone, dial)}
                onChange={({ currentTarget }) =>
                  onTools({ tone: dialled(tone, dial, Number(currentTarget.value)) })
                }
                onDoubleClick={() => onTools({ tone: dialled(tone, dial, 0) })}
              />
              <output>{signed(dialOf(tone, dial))}</output>
            </label>
          ))}
          <button type="button" disabled={isPlain(tone)} onClick={() => onTools({ tone: PLAIN })}>
            Reset
          </button>
          <label className={classes.check}>
            <input
              type="checkbox"
              checked={isToneKept}
              onChange={({ currentTarget }) => onTools({ isToneKept: currentTarget.checked })}
            />
            Keep for the next patient
          </label>
        </fieldset>
      )}
      {isLensOn && (
        <fieldset className={classes.group}>
          <legend>Magnifier</legend>
          <div className={classes.powers}>
            {POWERS.map((value) => (
              <label key={value}>
                <input
                  type="radio"
                  className="spoken"
                  name="power"
                  checked={power === value}
                  onChange={() => onTools({ power: value })}
                />
                {value}×
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {isHeatMapOn && (
        <fieldset className={classes.group}>
          <legend>Heat-map</legend>
          <label className={classes.range}>
            <span>Opacity</span>
            <input
              type="range"
              min={0}
              max={1}
              step={0.01}
              value={opacity}
              aria-valuetext={`${Math.round(opacity * 100)} percent`}
              onChange={({ currentTarget }) => onTools({ opacity: Number(currentTarget.value) })}
            />
          </label>
          <div className={classes.legend}>
            <span className={classes.ramp} style={{ background: gradientOf(HEAT_PALETTE) }} />
            <span className={classes.ends}>
              <span>none</span>
              <span>strongest</span>
            </span>
          </div>
        </fieldset>
      )}
    </div>
  );
}

const signed = (value: number) => (value > 0 ? `+${value}` : `${value}`.replace('-', '−'));
