import { Tooltip } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { FitIcon, MinusIcon, PlusIcon, SlidersIcon } from '../icons.tsx';
import {
  KeyboardIcon,
  LinkIcon,
  MagnifierIcon,
  MirrorIcon,
  NegativeIcon,
  OverlayIcon,
  ResetIcon,
  RulerIcon,
} from './icons.tsx';
import { ariaKeys, type Command, keyText } from './keys.ts';
import { useLetters } from './letters.ts';
import type { Tone } from './tone.ts';
import classes from './toolbar.module.css';
import type { Sides } from './tools.ts';

interface Props {
  readonly sides: Sides;
  readonly isLinked: boolean;
  readonly isMirrored: boolean;
  readonly tone: Tone;
  readonly isTonePlain: boolean;
  readonly isAdjusting: boolean;
  readonly isLensOn: boolean;
  readonly isMeasuring: boolean;
  readonly hasOverlay: boolean;
  readonly isHeatMapOn: boolean;
  /** Why there is no heat-map to be had; null where there is. */
  readonly noHeatMap: string | null;
  readonly onRun: (command: Command) => void;
}

/** Everything that can be done with the pictures, each with its key. */
export const Toolbar = memo(function Toolbar(props: Props) {
  const { sides, tone, onRun } = props;
  return (
    <div className={classes.toolbar}>
      <fieldset className={classes.joined}>
        <legend className="spoken">Eyes shown</legend>
        <Tool command="showRight" name="OD, the right eye alone" isPressed={sides === 'OD'} onRun={onRun}>
          OD
        </Tool>
        <Tool command="showBoth" name="Both eyes" isPressed={sides === 'both'} onRun={onRun}>
          Both
        </Tool>
        <Tool command="showLeft" name="OS, the left eye alone" isPressed={sides === 'OS'} onRun={onRun}>
          OS
        </Tool>
      </fieldset>
      <fieldset className={classes.group}>
        <legend className="spoken">Zoom</legend>
        <Tool command="zoomOut" name="Zoom out" onRun={onRun}>
          <MinusIcon />
        </Tool>
        <Tool command="fit" name="Fit" onRun={onRun}>
          <FitIcon />
        </Tool>
        <Tool command="zoomIn" name="Zoom in" onRun={onRun}>
          <PlusIcon />
        </Tool>
        <Tool command="link" name="Linked: both eyes move together" isPressed={props.isLinked} onRun={onRun}>
          <LinkIcon />
        </Tool>
        <Tool
          command="mirror"
          name="Mirrored: temporal stays temporal"
          isPressed={props.isMirrored}
          why={props.isLinked ? null : 'The eyes are not linked'}
          onRun={onRun}
        >
          <MirrorIcon />
        </Tool>
      </fieldset>
      <fieldset className={classes.group}>
        <legend className="spoken">Picture</legend>
        <Tool command="redFree" name="Red-free (green channel)" isPressed={tone.isRedFree} onRun={onRun}>
          Red-free
        </Tool>
        <Tool command="equalise" name="CLAHE, local contrast" isPressed={tone.isEqualised} onRun={onRun}>
          CLAHE
        </Tool>
        <Tool command="invert" name="Negative" isPressed={tone.isInverted} onRun={onRun}>
          <NegativeIcon />
        </Tool>
        <Tool command="adjust" name="Brightness, contrast, gamma" isPressed={props.isAdjusting} onRun={onRun}>
          <SlidersIcon />
        </Tool>
        <Tool
          command="reset"
          name="As it was taken"
          why={props.isTonePlain ? 'Nothing was adjusted' : null}
          onRun={onRun}
        >
          <ResetIcon />
        </Tool>
      </fieldset>
      <fieldset className={classes.group}>
        <legend className="spoken">Tools</legend>
        <Tool command="magnify" name="Magnifier" isPressed={props.isLensOn} onRun={onRun}>
          <MagnifierIcon />
        </Tool>
        <Tool command="ruler" name="Ruler" isPressed={props.isMeasuring} onRun={onRun}>
          <RulerIcon />
        </Tool>
        <Tool command="overlay" name="Disc, fovea and field" isPressed={props.hasOverlay} onRun={onRun}>
          <OverlayIcon />
        </Tool>
        <Tool
          command="heatMap"
          name="Heat-map: where the model looked"
          isPressed={props.isHeatMapOn}
          why={props.noHeatMap}
          onRun={onRun}
        >
          Heat-map
        </Tool>
      </fieldset>
      <div className={classes.last}>
        <Tool command="help" name="Keys" onRun={onRun}>
          <KeyboardIcon />
        </Tool>
      </div>
    </div>
  );
});

interface ToolProps {
  readonly command: Command;
  readonly name: string;
  readonly isPressed?: boolean;
  /** Why it cannot be used now; null or absent where it can. */
  readonly why?: string | null;
  readonly onRun: (command: Command) => void;
  readonly children: ReactNode;
}

function Tool({ command, name, isPressed, why = null, onRun, children }: ToolProps) {
  const hasLetters = useLetters();
  return (
    <Tooltip
      position="bottom"
      openDelay={350}
      events={{ hover: true, focus: true, touch: false }}
      label={
        <>
          {why ? `${name}. ${why}.` : name}
          {hasLetters && <kbd className={classes.key}>{keyText(command)}</kbd>}
        </>
      }
    >
      <button
        type="button"
        className={classes.tool}
        aria-label={name}
        aria-pressed={isPressed}
        // Not `disabled`: who rests on it is told why.
        aria-disabled={why !== null || undefined}
        aria-keyshortcuts={hasLetters ? ariaKeys(command) : undefined}
        onClick={() => why === null && onRun(command)}
      >
        {children}
      </button>
    </Tooltip>
  );
}
