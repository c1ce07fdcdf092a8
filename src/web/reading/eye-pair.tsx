import { useElementSize } from '@mantine/hooks';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { moved, type Size, zoomed } from '../view.ts';
import classes from './eye-pair.module.css';
import { EyePane } from './eye-pane.tsx';
import type { EyeEvidence } from './heat-map-layer.tsx';
import { imagesOf, type ReadingImage, type Shown, stepped } from './images.ts';
import { KeySheet } from './key-sheet.tsx';
import type { Command } from './keys.ts';
import {
  EYES,
  type Eye,
  fitted,
  type Gaze,
  gazeOf,
  linked,
  looked,
  mirrored,
  otherEye,
  START,
  sheetOf,
  viewOf,
} from './pair-view.ts';
import { prepare, usePictureSource } from './picture-source.ts';
import { measured, NEW_RULER, NO_RULER, type Ruler, type RulerStep } from './ruler.ts';
import { Strip } from './strip.tsx';
import { type Dial, dialled, dialOf, isPlain, PLAIN, type Tone } from './tone.ts';
import { Toolbar } from './toolbar.tsx';
import { type Tools, useTools } from './tools.ts';
import { TuneBar } from './tune-bar.tsx';
import { type Listeners, useKeys } from './use-keys.ts';
import { sizeOf } from './webgl-renderer.ts';

const ZOOM_STEP = 1.25;
/** Screen pixels that an arrow key moves the picture by. */
const PAN_STEP = 60;
/** Of a dial's 200 steps. */
const DIAL_STEP = 10;
/** The magnifier's key, held longer than this, lets it go when it is let go; ms. */
const HOLD = 300;
/** After this the other images are fetched; ms. */
const PREPARE_AFTER = 400;
const NOTHING: Size = { width: 0, height: 0 };

/** What `EyePair` needs. All of it is the page's: nothing is fetched here but pictures. */
export interface EyePairProps {
  /** Another visit is another patient: the view is fitted, and the tone is reset unless it is kept. */
  readonly visitId: string;
  /** Of this visit and, marked `isPrior`, of earlier ones (`readingImages`). */
  readonly images: readonly ReadingImage[];
  /** Ids of the images shown (`firstShown` to begin with). */
  readonly shown: Shown;
  readonly onShown: (shown: Shown) => void;
  /** Whether the heat-map is on; the page fetches evidence once it is. */
  readonly isHeatMapOn: boolean;
  readonly onHeatMap: (isOn: boolean) => void;
  /** Of the images shown, by eye; an eye that is left out has none. */
  readonly evidence: Readonly<Partial<Record<Eye, EyeEvidence>>>;
  /** The reader is to grade first: the heat-map cannot be switched on. */
  readonly isBlinded: boolean;
}

/**
 * Both eyes of a patient, the right one on the viewer's left, as when they sit opposite: zoomed and moved together,
 * adjusted, measured and magnified, wholly by keys or by hand. It fills its container, which must have a height.
 */
export function EyePair(props: EyePairProps) {
  const { visitId, images, shown, onShown, isHeatMapOn, onHeatMap, evidence, isBlinded } = props;
  const [tools, setTools] = useTools(visitId);
  const [pair, setPair] = useState(START);
  const [active, setActive] = useState<Eye>('OD');
  const [measuring, setMeasuring] = useState<Measuring>(NOT_MEASURING);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [said, say] = useState('');
  const section = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(visitId);
  if (seen !== visitId) {
    setSeen(visitId);
    setPair(fitted);
    setMeasuring(NOT_MEASURING);
  }
  const sides: Readonly<Record<Eye, Side>> = {
    OD: useSide('OD', images, shown.OD, tools.tone),
    OS: useSide('OS', images, shown.OS, tools.tone),
  };
  // In one eye's view that eye is the one that keys act on.
  const at = tools.sides === 'both' ? active : tools.sides;
  // A ruler lies in one picture, and goes with it.
  const rulerOf = (eye: Eye): Ruler =>
    measuring.ruler.stage === 'off'
      ? NO_RULER
      : measuring.imageId !== null && measuring.imageId === shown[eye] && measuring.eye === eye
        ? measuring.ruler
        : NEW_RULER;
  usePreparation(images);

  const change = useCallback(
    (changed: Partial<Tools>) => setTools((tools) => ({ ...tools, ...changed })),
    [setTools],
  );
  const show = useCallback(
    (eye: Eye, id: string) => {
      setActive(eye);
      onShown({ ...shown, [eye]: id });
    },
    [shown, onShown],
  );
  const look = (eye: Eye, next: (gaze: Gaze) => Gaze) =>
    setPair((pair) => looked(pair, eye, next(pair[eye])));
  const measure = (eye: Eye, step: RulerStep) => {
    const { size } = sides[eye];
    if (step.do === 'set') setActive(eye);
    setMeasuring((before) => {
      const own = before.eye === eye && before.imageId === shown[eye] ? before.ruler : NEW_RULER;
      // Passing over the other eye does not take the ruler away from this one.
      if (step.do === 'hover' && own !== before.ruler && 'from' in before.ruler) return before;
      return { eye, imageId: shown[eye], ruler: measured(own, step, size) };
    });
  };
  const zoom = (factor: number) => {
    const { size, panel } = sides[at];
    look(at, (gaze) => gazeOf(zoomed(viewOf(gaze, size, panel), factor, size, panel), size, panel));
  };
  const tune = (changed: Partial<Tone>) =>
    setTools((tools) => ({ ...tools, tone: { ...tools.tone, ...changed } }));
  const dial = (which: Dial, by: number) =>
    setTools((tools) => ({ ...tools, tone: dialled(tools.tone, which, dialOf(tools.tone, which) + by) }));
  const noHeatMap = isBlinded ? 'Grade first' : null;

  const step = (by: 1 | -1) => {
    const id = stepped(sides[at].images, shown[at], by);
    if (id !== null) show(at, id);
  };
  const isMeasuring = measuring.ruler.stage !== 'off';
  const { tone } = tools;
  const commands: Commands = {
    zoomIn: [() => zoom(ZOOM_STEP)],
    zoomOut: [() => zoom(1 / ZOOM_STEP)],
    fit: [() => setPair(fitted)],
    showRight: [() => change({ sides: 'OD' }), 'Right eye'],
    showLeft: [() => change({ sides: 'OS' }), 'Left eye'],
    showBoth: [() => change({ sides: 'both' }), 'Both eyes'],
    link: [() => setPair((pair) => linked(pair, at)), pair.isLinked ? 'Eyes unlinked' : 'Eyes linked'],
    mirror: pair.isLinked
      ? [() => setPair((pair) => mirrored(pair, at)), pair.isMirrored ? 'Not mirrored' : 'Mirrored']
      : [() => {}, 'The eyes are not linked'],
    previousImage: [() => step(-1)],
    nextImage: [() => step(1)],
    redFree: [() => tune({ isRedFree: !tone.isRedFree }), `Red-free ${onOff(!tone.isRedFree)}`],
    invert: [() => tune({ isInverted: !tone.isInverted }), `Negative ${onOff(!tone.isInverted)}`],
    equalise: [() => tune({ isEqualised: !tone.isEqualised }), `CLAHE ${onOff(!tone.isEqualised)}`],
    brighter: [() => dial('brightness', DIAL_STEP)],
    darker: [() => dial('brightness', -DIAL_STEP)],
    moreContrast: [() => dial('contrast', DIAL_STEP)],
    lessContrast: [() => dial('contrast', -DIAL_STEP)],
    moreGamma: [() => dial('gamma', DIAL_STEP)],
    lessGamma: [() => dial('gamma', -DIAL_STEP)],
    adjust: [() => change({ isAdjusting: !tools.isAdjusting })],
    reset: [() => change({ tone: PLAIN }), 'As it was taken'],
    magnify: [() => change({ isLensOn: !tools.isLensOn }), `Magnifier ${onOff(!tools.isLensOn)}`],
    ruler: [
      () => setMeasuring(isMeasuring ? NOT_MEASURING : { eye: at, imageId: shown[at], ruler: NEW_RULER }),
      `Ruler ${onOff(!isMeasuring)}`,
    ],
    overlay: [() => change({ hasOverlay: !tools.hasOverlay }), `Overlay ${onOff(!tools.hasOverlay)}`],
    heatMap: noHeatMap
      ? [() => {}, noHeatMap]
      : [() => onHeatMap(!isHeatMapOn), `Heat-map ${onOff(!isHeatMapOn)}`],
    help: [() => setHelpOpen(true)],
  };
  const latest = useRef(commands);
  latest.current = commands;
  const run = useCallback((command: Command) => {
    const [act, words] = latest.current[command] ?? [];
    act?.();
    if (words !== undefined) say(words);
  }, []);

  /** Arrows, Enter and Escape where no control has the focus, or the pictures have it. */
  const onKey = (event: KeyboardEvent): boolean => {
    const isHere = event.target === document.body || section.current?.contains(event.target as Node);
    if (!isHere || event.ctrlKey || event.metaKey || event.altKey) return false;
    const { size, panel } = sides[at];
    const view = viewOf(pair[at], size, panel);
    const sheet = sheetOf(view, size, panel);
    if (sheet.width === 0) return false;
    const middle = {
      x: ((panel.width / 2 - sheet.left) / sheet.width) * size.width,
      y: ((panel.height / 2 - sheet.top) / sheet.height) * size.height,
    };
    const ruler = rulerOf(at);
    const arrow = ARROWS[event.key];
    if (ruler.stage !== 'off') {
      if (arrow) {
        const pixels = ((event.shiftKey ? 10 : 1) * size.width) / sheet.width;
        measure(at, { do: 'nudge', dx: arrow[0] * pixels, dy: arrow[1] * pixels, middle });
        return true;
      }
      if (event.key === 'Escape') {
        measure(at, { do: 'escape' });
        return true;
      }
      if (event.key === 'Enter' && ruler.stage !== 'set') {
        measure(at, { do: 'enter', middle });
        return true;
      }
      return false;
    }
    if (!arrow || view.zoom === 1) return false;
    const by = event.shiftKey ? PAN_STEP * 10 : PAN_STEP;
    look(at, (gaze) =>
      gazeOf(moved(viewOf(gaze, size, panel), -arrow[0] * by, -arrow[1] * by, size, panel), size, panel),
    );
    return true;
  };
  const heldSince = useRef<number>(null);
  const keys = {
    onKey,
    onCommand: (command, event) => {
      if (!(command in commands)) return false;
      if (command === 'magnify') {
        if (event.repeat) return true;
        heldSince.current = tools.isLensOn ? null : event.timeStamp;
      }
      run(command);
      return true;
    },
    onRelease: ({ key, timeStamp }) => {
      if (key !== 'm' || heldSince.current === null) return;
      if (timeStamp - heldSince.current > HOLD) change({ isLensOn: false });
      heldSince.current = null;
    },
  } satisfies Listeners;
  // The ruler's Enter comes before the verdict's.
  useKeys(keys, true);

  return (
    <section ref={section} className={classes.pair} aria-label="Pictures">
      <Toolbar
        sides={tools.sides}
        isLinked={pair.isLinked}
        isMirrored={pair.isMirrored}
        tone={tools.tone}
        isTonePlain={isPlain(tools.tone)}
        isAdjusting={tools.isAdjusting}
        isLensOn={tools.isLensOn}
        isMeasuring={isMeasuring}
        hasOverlay={tools.hasOverlay}
        isHeatMapOn={isHeatMapOn && !isBlinded}
        noHeatMap={noHeatMap}
        onRun={run}
      />
      <div className={classes.eyes} data-sides={tools.sides}>
        {EYES.map((eye) => {
          const { panelRef, panel, image, images, picture, size } = sides[eye];
          const isHidden = tools.sides === otherEye(eye);
          return (
            <div key={eye} className={classes.side} hidden={isHidden}>
              <EyePane
                eye={eye}
                image={image}
                picture={picture}
                size={size}
                panelRef={panelRef}
                panel={panel}
                gaze={pair[eye]}
                tools={tools}
                ruler={rulerOf(eye)}
                evidence={isHeatMapOn && !isBlinded ? (evidence[eye] ?? 'none') : undefined}
                isActive={at === eye}
                onActive={setActive}
                onGaze={look}
                onFit={() => setPair(fitted)}
                onRuler={measure}
              />
              <Strip eye={eye} images={images} shown={shown[eye]} onShow={show} />
            </div>
          );
        })}
      </div>
      <TuneBar tools={tools} isHeatMapOn={isHeatMapOn && !isBlinded} onTools={change} />
      <p className="spoken" role="status">
        {said}
      </p>
      <KeySheet isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </section>
  );
}

/** A ruler, and the picture that it lies in. */
interface Measuring {
  readonly eye: Eye;
  readonly imageId: string | null;
  readonly ruler: Ruler;
}

const NOT_MEASURING: Measuring = { eye: 'OD', imageId: null, ruler: NO_RULER };

const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const onOff = (isOn: boolean) => (isOn ? 'on' : 'off');

/** What a command does, and what a screen reader tells of it. */
type Commands = Partial<Record<Command, readonly [act: () => void, words?: string]>>;

type Side = ReturnType<typeof useSide>;

/** One eye's images, the one shown, and where it is drawn. */
function useSide(eye: Eye, images: readonly ReadingImage[], shown: string | null, tone: Tone) {
  const { ref, width, height } = useElementSize();
  const own = useMemo(() => imagesOf(images, eye), [images, eye]);
  const image = own.find(({ id }) => id === shown) ?? null;
  const picture = usePictureSource(image?.url ?? null, tone);
  const size = image?.size ?? (picture.source ? sizeOf(picture.source) : NOTHING);
  return { panelRef: ref, panel: { width, height }, images: own, image, picture, size };
}

/** Has this visit's other images and then earlier ones decoded, so that they are there at once. */
function usePreparation(images: readonly ReadingImage[]): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const { url } of images.slice(0, 8)) prepare(url);
    }, PREPARE_AFTER);
    return () => clearTimeout(timer);
  }, [images]);
}
