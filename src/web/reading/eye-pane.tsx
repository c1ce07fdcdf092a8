import { Loader } from '@mantine/core';
import { type PointerEvent, type Ref, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { moved, type Size, type View, zoomed } from '../view.ts';
import { AdjustedPicture } from './adjusted-picture.tsx';
import { AnatomyLayer } from './anatomy-layer.tsx';
import classes from './eye-pane.module.css';
import { type EyeEvidence, HeatMapLayer, heatMapWords } from './heat-map-layer.tsx';
import type { ReadingImage } from './images.ts';
import { day, EYE_NAMES } from './names.ts';
import { type Eye, type Gaze, gazeOf, sheetOf, viewOf } from './pair-view.ts';
import type { PictureState } from './picture-source.ts';
import { lengthOf, lengthText, type Place, type Ruler, type RulerStep, scaleBar, scaleOf } from './ruler.ts';
import { RulerLayer } from './ruler-layer.tsx';
import { toneTable } from './tone.ts';
import type { Tools } from './tools.ts';

/** Screen pixels that a hand moves while it clicks. */
const STILL = 4;
/** Screen pixels a picture's pixel must have before it is drawn as a square. */
const SHARP_FROM = 4;
/** The magnifier's radius: of the panel's shorter side, and in pixels. */
const LENS = { share: 0.22, least: 60, most: 150 };
/** Longest scale bar, pixels. */
const BAR = 170;

interface Props {
  readonly eye: Eye;
  readonly image: ReadingImage | null;
  readonly picture: PictureState;
  /** Pixels as the camera took it. */
  readonly size: Size;
  readonly panelRef: Ref<HTMLDivElement>;
  readonly panel: Size;
  readonly gaze: Gaze;
  readonly tools: Tools;
  readonly ruler: Ruler;
  /** Undefined while the map is off. */
  readonly evidence: EyeEvidence | 'none' | undefined;
  readonly isActive: boolean;
  readonly onActive: (eye: Eye) => void;
  /** From what it is by then: two fingers move at once. */
  readonly onGaze: (eye: Eye, next: (gaze: Gaze) => Gaze) => void;
  readonly onFit: () => void;
  readonly onRuler: (eye: Eye, step: RulerStep) => void;
}

/** One eye on black: wheel, pinch and dragging move it, a double click fits it in. Keys are `EyePair`'s. */
export function EyePane(props: Props) {
  const { eye, image, picture, size, panelRef, panel, gaze, tools, ruler, evidence, isActive } = props;
  const frame = useRef<HTMLElement>(null);
  const lens = useLens(tools.isLensOn, isActive, panel);
  const view = viewOf(gaze, size, panel);
  const sheet = sheetOf(view, size, panel);
  const scale = sheet.width / (size.width || 1);
  const isMeasuring = ruler.stage !== 'off';
  const setView = (next: (view: View) => View) =>
    props.onGaze(eye, (gaze) => gazeOf(next(viewOf(gaze, size, panel)), size, panel));
  const gestures = useGestures(frame, {
    isStill: tools.isLensOn,
    zoomBy: (factor, x, y) => setView((view) => zoomed(view, factor, size, panel, x, y)),
    moveBy: (dx, dy) => setView((view) => moved(view, dx, dy, size, panel)),
    click: (at) => isMeasuring && props.onRuler(eye, { do: 'set', at: placeAt(at) }),
  });
  const placeAt = ({ x, y }: Place): Place => ({
    x: ((x - sheet.left) / sheet.width) * size.width - 0.5,
    y: ((y - sheet.top) / sheet.height) * size.height - 0.5,
  });

  const { reading = null, scale: known = null } = image ?? {};
  const geometry = reading?.gate.geometry ?? null;
  const millimetres = scaleOf(known, geometry);
  const length =
    ruler.stage === 'end' || ruler.stage === 'set'
      ? lengthText(lengthOf(ruler.from, ruler.to, millimetres, geometry?.disc ?? null))
      : '';
  const isReady = picture.source !== null && size.width > 0;
  return (
    <div className={classes.eye} data-eye={eye} data-active={isActive || undefined}>
      <section
        ref={frame}
        role="application"
        aria-label={`${EYE_NAMES[eye]}${image ? `, ${image.fileName}` : ''}. ${
          isMeasuring
            ? 'Arrows move the ruler’s end, Enter sets it, Escape takes it away.'
            : 'Plus and minus zoom, arrows move, 0 fits.'
        }`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move what has the focus
        tabIndex={0}
        className={classes.stage}
        data-zoomed={view.zoom > 1 || undefined}
        data-measuring={isMeasuring || undefined}
        onFocus={() => props.onActive(eye)}
        onDoubleClick={isMeasuring ? undefined : props.onFit}
        {...gestures}
        onPointerMove={(event) => {
          gestures.onPointerMove(event);
          lens.follow(event);
          if (ruler.stage === 'start' || ruler.stage === 'end')
            props.onRuler(eye, { do: 'hover', at: placeAt(within(event)) });
        }}
        onPointerLeave={lens.leave}
      >
        <div ref={panelRef} className={classes.panel}>
          {image && (
            <AdjustedPicture
              source={picture.source}
              panel={panel}
              name={`${EYE_NAMES[eye]}, ${image.fileName}`}
              frame={{
                sheet,
                table: toneTable(tools.tone),
                isRedFree: tools.tone.isRedFree,
                lens: lens.at && { ...lens.at, power: tools.power },
                isSharp: scale >= SHARP_FROM,
                field: picture.field,
              }}
            />
          )}
          {isReady && (
            <>
              <div
                className={classes.sheet}
                style={{
                  ...sheet,
                  ...(lens.at && { maskImage: holeAt(lens.at, sheet) }),
                }}
              >
                {typeof evidence === 'object' && evidence.state === 'ready' && (
                  <HeatMapLayer evidence={evidence.evidence} opacity={tools.opacity} />
                )}
                {tools.hasOverlay && reading && <AnatomyLayer reading={reading} />}
              </div>
              {lens.at && (
                <span
                  className={classes.lens}
                  style={{ left: lens.at.x, top: lens.at.y, width: 2 * lens.at.radius }}
                  data-power={`${tools.power}×`}
                />
              )}
              <RulerLayer
                ruler={ruler}
                sheet={sheet}
                size={size}
                panel={panel}
                text={length}
                source={millimetres?.source}
              />
            </>
          )}
          {!isReady && image && !picture.failure && (
            <Loader className={classes.centre} color="gray" aria-label={`Loading the ${EYE_NAMES[eye]}`} />
          )}
          {picture.failure && (
            <p className={classes.centre} role="alert">
              {image?.fileName} cannot be shown. {picture.failure.message} {picture.failure.hint}
            </p>
          )}
          {!image && <p className={classes.centre}>No image of the {EYE_NAMES[eye].toLowerCase()}</p>}
        </div>
        <Caption eye={eye} image={image} isActive={isActive} />
        {evidence !== undefined && image && (
          <p className={classes.evidence} role="status">
            {heatMapWords(evidence === 'none' ? undefined : evidence)}
          </p>
        )}
        {isReady && (
          <div className={classes.foot} aria-hidden="true">
            {picture.isEqualising && <span>CLAHE…</span>}
            {millimetres && (
              <Bar
                scale={millimetres.micrometresPerPixel / scale}
                isApproximate={millimetres.isApproximate}
              />
            )}
            <span>{Math.round(scale * 100)}%</span>
          </div>
        )}
      </section>
    </div>
  );
}

interface CaptionProps {
  readonly eye: Eye;
  readonly image: ReadingImage | null;
  readonly isActive: boolean;
}

function Caption({ eye, image, isActive }: CaptionProps) {
  return (
    <div className={classes.caption}>
      <p>
        <strong data-active={isActive || undefined}>{eye}</strong> {EYE_NAMES[eye]}
      </p>
      {image && (
        <p className={classes.when} data-prior={image.isPrior || undefined}>
          {image.isPrior ? `Earlier visit, ${day(image.date)}` : day(image.date)}
        </p>
      )}
      {image?.eye === null && (
        <p className={classes.when} data-prior>
          Nobody knows which eye this is
        </p>
      )}
    </div>
  );
}

function Bar({ scale, isApproximate }: { readonly scale: number; readonly isApproximate: boolean }) {
  const { µm, pixels } = scaleBar(scale, BAR);
  const length = µm >= 1000 ? `${µm / 1000} mm` : `${µm} µm`;
  return (
    <span className={classes.bar} style={{ width: pixels }}>
      {isApproximate && '≈ '}
      {length}
    </span>
  );
}

/** What lies over the picture is not under the magnifier, which would enlarge the picture alone. */
const holeAt = (
  { x, y, radius }: { x: number; y: number; radius: number },
  sheet: { left: number; top: number },
) =>
  `radial-gradient(circle ${radius}px at ${x - sheet.left}px ${y - sheet.top}px, transparent 99%, #000 100%)`;

const within = ({ clientX, clientY, currentTarget }: PointerEvent): Place => {
  const { left, top } = currentTarget.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
};

/** Where the magnifier is: under the pointer, or in the middle of the active eye where no pointer is. */
function useLens(isOn: boolean, isActive: boolean, panel: Size) {
  const last = useRef<Place>(null);
  const [pointer, setPointer] = useState<Place | null>(null);
  useLayoutEffect(() => {
    if (isOn) setPointer(last.current);
  }, [isOn]);
  const middle = isActive ? { x: panel.width / 2, y: panel.height / 2 } : null;
  const place = isOn ? (pointer ?? middle) : null;
  const radius = Math.max(LENS.least, Math.min(LENS.most, Math.min(panel.width, panel.height) * LENS.share));
  return {
    at: place && { ...place, radius },
    follow: (event: PointerEvent) => {
      last.current = within(event);
      if (isOn) setPointer(last.current);
    },
    leave: () => {
      last.current = null;
      if (isOn) setPointer(null);
    },
  };
}

interface Gestures {
  /** A finger moves the magnifier, not the picture. */
  readonly isStill: boolean;
  /** About a place from the panel's middle. */
  readonly zoomBy: (factor: number, x: number, y: number) => void;
  readonly moveBy: (dx: number, dy: number) => void;
  /** Pixels from the panel's upper left corner. */
  readonly click: (at: Place) => void;
}

/** Wheel, pinch, drag and click. */
function useGestures(frame: React.RefObject<HTMLElement | null>, gestures: Gestures) {
  const held = useRef(new Map<number, Place>());
  const pressed = useRef<Place>(null);
  const latest = useRef(gestures);
  latest.current = gestures;
  const fromMiddle = (event: { readonly clientX: number; readonly clientY: number }) => {
    const { left, top, width, height } = frame.current!.getBoundingClientRect();
    return { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
  };
  // React listens to the wheel passively, and then the page would scroll along.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changes is read through `latest`
  useEffect(() => {
    const element = frame.current!;
    const listen = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y } = fromMiddle(event);
      const distance = event.deltaY * (event.deltaMode === 1 ? 16 : 1) * (event.ctrlKey ? 4 : 1);
      latest.current.zoomBy(Math.exp(-distance * 0.0018), x, y);
    };
    element.addEventListener('wheel', listen, { passive: false });
    return () => element.removeEventListener('wheel', listen);
  }, []);
  const letGo = (event: PointerEvent) => held.current.delete(event.pointerId);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pressed.current = { x: event.clientX, y: event.clientY };
      held.current.set(event.pointerId, pressed.current);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const before = held.current.get(event.pointerId);
      if (!before) return;
      const spread = spreadOf(held.current);
      held.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (held.current.size === 2 && spread) {
        pressed.current = null;
        const { x, y } = fromMiddle(middleOf(held.current));
        latest.current.zoomBy(spreadOf(held.current)! / spread, x, y);
      } else if (!(latest.current.isStill && event.pointerType === 'touch'))
        latest.current.moveBy(event.clientX - before.x, event.clientY - before.y);
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      letGo(event);
      const from = pressed.current;
      pressed.current = null;
      if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) <= STILL)
        latest.current.click(within(event));
    },
    onPointerCancel: letGo,
  };
}

/** Distance of two fingers. */
function spreadOf(held: ReadonlyMap<number, Place>): number | undefined {
  const [a, b] = [...held.values()];
  return a && b && Math.hypot(a.x - b.x, a.y - b.y);
}

function middleOf(held: ReadonlyMap<number, Place>) {
  const [a, b] = [...held.values()];
  return { clientX: (a!.x + b!.x) / 2, clientY: (a!.y + b!.y) / 2 };
}
