import { useId } from 'react';
import { type EvidenceState, type Look, REACH } from './evidence.ts';
import classes from './evidence-bar.module.css';
import { gradientOf, LEVELS, PALETTES, type Palette } from './evidence-map.ts';
import { percent } from './format.ts';

interface Props {
  readonly evidence: EvidenceState;
  /** Whether pictures of this kind have a green channel of their own. */
  readonly hasColour: boolean;
}

/** Under the picture, as dark as it: how the map is looked at. */
export function EvidenceBar({ evidence, hasColour }: Props) {
  const { look, palette, opacity, isRedFree, isTaking, reach } = evidence;
  // While another map is on its way, what has the focus keeps it.
  const isEmpty = !evidence.shown && !evidence.map.isFetching;
  return (
    <fieldset className={classes.bar}>
      <legend className="spoken">Map</legend>
      <Looks look={look} isDisabled={isEmpty} onChange={evidence.setLook} />
      <label className={classes.range}>
        <span>Opacity</span>
        <input
          type="range"
          disabled={isEmpty}
          min={0}
          max={1}
          step={0.01}
          value={opacity}
          aria-valuetext={`${Math.round(opacity * 100)} percent`}
          onChange={({ currentTarget }) => evidence.setOpacity(Number(currentTarget.value))}
        />
      </label>
      <div className={classes.scale}>
        <select
          aria-label="Colours"
          disabled={isEmpty}
          value={palette}
          onChange={({ currentTarget }) => evidence.setPalette(currentTarget.value as Palette)}
        >
          {Object.keys(PALETTES).map((name) => (
            <option key={name} value={name}>
              {name[0]!.toUpperCase() + name.slice(1)}
            </option>
          ))}
        </select>
        <Scale look={look} palette={palette} />
      </div>
      <div className={classes.toggles}>
        {hasColour && (
          <button type="button" aria-pressed={isRedFree} onClick={() => evidence.setRedFree(!isRedFree)}>
            Red-free
          </button>
        )}
        <button type="button" aria-pressed={isTaking} onClick={() => evidence.setTaking(!isTaking)}>
          Take away
        </button>
      </div>
      {isTaking && (
        <div className={classes.taking}>
          <label className={classes.range}>
            <span>Size</span>
            <input
              type="range"
              min={REACH.min}
              max={REACH.max}
              title="Size"
              step={0.005}
              value={reach}
              aria-valuetext={`${Math.round(reach * 200)} percent of the picture across`}
              onChange={({ currentTarget }) => evidence.setReach(Number(currentTarget.value))}
            />
          </label>
          <Shifted evidence={evidence} />
        </div>
      )}
    </fieldset>
  );
}

const LOOKS: Readonly<Record<Look, string>> = { colours: 'Colours', lines: 'Lines' };

interface LooksProps {
  readonly look: Look;
  readonly isDisabled: boolean;
  readonly onChange: (look: Look) => void;
}

function Looks({ look, isDisabled, onChange }: LooksProps) {
  const name = useId();
  return (
    <div className={classes.looks} role="radiogroup" aria-label="Map as">
      {(Object.keys(LOOKS) as Look[]).map((value) => (
        <label key={value}>
          <input
            type="radio"
            className="spoken"
            name={name}
            disabled={isDisabled}
            checked={look === value}
            onChange={() => onChange(value)}
          />
          {LOOKS[value]}
        </label>
      ))}
    </div>
  );
}

function Scale({ look, palette }: { readonly look: Look; readonly palette: Palette }) {
  return (
    <div className={classes.legend}>
      <div className={classes.ramp} style={{ background: gradientOf(palette) }}>
        {look === 'lines' &&
          LEVELS.map((level) => (
            <span key={level} className={classes.level} style={{ left: `${level * 100}%` }} />
          ))}
      </div>
      {look === 'lines' ? (
        <span>lines at {LEVELS.map((level) => Math.round(level * 100)).join(', ')} % of the strongest</span>
      ) : (
        <span className={classes.ends}>
          <span>none</span>
          <span>strongest</span>
        </span>
      )}
    </div>
  );
}

/** The class that is explained, before → after; where nothing is taken away yet, how to. */
function Shifted({ evidence }: { readonly evidence: EvidenceState }) {
  const { circles, occlusion, label } = evidence;
  const shift = occlusion.data?.outputs.find((output) => output.label === label);
  if (circles.length === 0) return <span className={classes.hint}>Click what is to be taken away.</span>;
  return (
    <span className={classes.shift}>
      {shift && (
        <span className={classes.change} data-waiting={occlusion.isFetching || undefined}>
          <span className={classes.name}>{shift.name}</span> {percent(shift.before)} →{' '}
          <strong>{percent(shift.after)}</strong>
        </span>
      )}
      <button type="button" onClick={evidence.undo}>
        Undo
      </button>
    </span>
  );
}
