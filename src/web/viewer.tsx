import { ActionIcon, Loader } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { failureOf } from './api.ts';
import { FitIcon, MinusIcon, PlusIcon } from './icons.tsx';
import { type PickTool, usePick } from './pick.tsx';
import type { Picture } from './pictures.ts';
import { useShownUrl } from './shown-url.ts';
import { isTyping } from './typing.ts';
import { FITTED, fittedSize, moved, type Size, zoomed } from './view.ts';
import classes from './viewer.module.css';

const STEP = 1.25;
/** Pixels that an arrow key moves by. */
const NUDGE = 60;
const NOTHING: Size = { width: 0, height: 0 };
/** Screen pixels that a hand moves while it clicks. */
const STILL = 4;

interface Props {
  readonly picture: Picture;
  /** What lies over the picture and moves with it. */
  readonly layers?: (url: string, isRedFree: boolean) => ReactNode;
  /** Whether its green channel stands beside it. */
  readonly hasRedFree?: boolean;
  /** A click, or arrows and Enter, pick a place. */
  readonly tool?: PickTool | undefined;
}

/** One picture on black: wheel, pinch, + and − zoom, dragging and arrows move, 0 and a double click fit it in. */
export function Viewer({ picture, layers, hasRedFree = false, tool }: Props) {
  const { ref, ...panel } = useElementSize();
  const frame = useRef<HTMLElement>(null);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const [size, setSize] = useState(NOTHING);
  const [view, setView] = useState(FITTED);
  const pick = usePick(tool);
  const pressed = useRef<{ x: number; y: number }>(undefined);
  const { url, failure, markUnshowable } = useShownUrl(picture);

  const zoomBy = (factor: number, x = 0, y = 0) => setView((v) => zoomed(v, factor, size, panel, x, y));
  const moveBy = (dx: number, dy: number) => setView((v) => moved(v, dx, dy, size, panel));
  const fit = () => setView(FITTED);
  const keys: Record<string, () => void> = {
    '+': () => zoomBy(STEP),
    '=': () => zoomBy(STEP),
    '-': () => zoomBy(1 / STEP),
    '0': fit,
  };
  const arrows: Record<string, () => void> = {
    ArrowLeft: () => moveBy(NUDGE, 0),
    ArrowRight: () => moveBy(-NUDGE, 0),
    ArrowUp: () => moveBy(0, NUDGE),
    ArrowDown: () => moveBy(0, -NUDGE),
  };

  // The button that brought the first picture is gone, and the focus with it.
  useEffect(() => {
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
  }, []);

  // React listens to the wheel passively, and then the page would scroll along.
  const onWheel = useRef<(event: WheelEvent) => void>(undefined);
  onWheel.current = (event) => {
    event.preventDefault();
    const { x, y } = fromCentre(paneAt(frame.current!, event), event);
    const distance = event.deltaY * (event.deltaMode === 1 ? 16 : 1) * (event.ctrlKey ? 4 : 1);
    zoomBy(Math.exp(-distance * 0.0018), x, y);
  };
  useEffect(() => {
    const element = frame.current!;
    const listen = (event: WheelEvent) => onWheel.current?.(event);
    element.addEventListener('wheel', listen, { passive: false });
    return () => element.removeEventListener('wheel', listen);
  }, []);

  // Zoom keys work wherever the focus is, but where something is typed.
  const onKey = useRef<(event: globalThis.KeyboardEvent) => void>(undefined);
  onKey.current = (event) => {
    if (isTyping(event)) return;
    keys[event.key]?.();
  };
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => onKey.current?.(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as Element).closest('button')) return;
    const move = tool ? pick.keys[event.key] : view.zoom > 1 ? arrows[event.key] : undefined;
    if (!move) return;
    event.preventDefault();
    move();
  };

  const fitted = fittedSize(size, panel);
  const scale = (fitted.width * view.zoom) / (size.width || 1);

  /** The place of the picture under the pointer; undefined beside it. */
  const placeUnder = (event: { clientX: number; clientY: number }) => {
    if (!tool) return undefined;
    const { x, y } = fromCentre(paneAt(frame.current!, event), event);
    const [u, v] = [
      (x - view.x) / (fitted.width * view.zoom) + 0.5,
      (y - view.y) / (fitted.height * view.zoom) + 0.5,
    ];
    return u >= 0 && u <= 1 && v >= 0 && v <= 1
      ? { x: u * tool.size.width, y: v * tool.size.height }
      : undefined;
  };

  const onPointerMove = (event: PointerEvent) => {
    if (tool) pick.setPlace(placeUnder(event));
    const held = pointers.current;
    const before = held.get(event.pointerId);
    if (!before) return;
    const spread = spreadOf(held);
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (held.size === 2 && spread) {
      pressed.current = undefined;
      const { x, y } = fromCentre(paneAt(frame.current!, event), event);
      zoomBy(spreadOf(held)! / spread, x, y);
    } else moveBy(event.clientX - before.x, event.clientY - before.y);
  };
  const letGo = (event: PointerEvent) => pointers.current.delete(event.pointerId);
  const onPointerUp = (event: PointerEvent) => {
    letGo(event);
    const from = pressed.current;
    pressed.current = undefined;
    if (!tool || !from || Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL) return;
    const place = placeUnder(event);
    if (place) tool.onPick(place.x, place.y);
  };

  const sheet = {
    width: fitted.width * view.zoom,
    height: fitted.height * view.zoom,
    transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px)`,
    visibility: size.width ? 'visible' : 'hidden',
  } as const;
  const over = (isRedFree: boolean) => (
    <>
      {url && size.width > 0 && layers?.(url, isRedFree)}
      {pick.circle}
    </>
  );
  return (
    <section
      ref={frame}
      role="application"
      aria-label={`${picture.file.name}. Plus and minus zoom, 0 fits. ${
        tool ? 'Arrows move the circle, Enter takes away what is in it.' : 'Arrows move.'
      }`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move what has the focus
      tabIndex={0}
      className={classes.viewer}
      data-zoomed={view.zoom > 1 || undefined}
      data-tool={tool ? '' : undefined}
      onKeyDown={onKeyDown}
      onDoubleClick={tool ? undefined : fit}
      onPointerDown={(event) => {
        if (event.button !== 0 || (event.target as Element).closest('button')) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        pressed.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={onPointerMove}
      onPointerLeave={() => pick.setPlace(undefined)}
      onPointerUp={onPointerUp}
      onPointerCancel={letGo}
    >
      {hasRedFree && (
        <svg className="spoken" aria-hidden="true">
          <filter id="red-free" colorInterpolationFilters="sRGB">
            <feColorMatrix values="0 1 0 0 0  0 1 0 0 0  0 1 0 0 0  0 0 0 1 0" />
          </filter>
        </svg>
      )}
      <div className={classes.panes}>
        <div className={classes.pane}>
          <div ref={ref} className={classes.panel}>
            {url && !failure && (
              <div className={classes.sheet} style={sheet}>
                <img
                  key={url}
                  src={url}
                  alt={picture.file.name}
                  draggable={false}
                  className={classes.picture}
                  data-large={scale > 3 || undefined}
                  onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
                    setSize({ width, height })
                  }
                  onError={markUnshowable}
                />
                {over(false)}
              </div>
            )}
          </div>
        </div>
        {hasRedFree && url && !failure && (
          <div className={classes.pane}>
            <div className={classes.panel}>
              <div className={classes.sheet} style={sheet}>
                <img
                  src={url}
                  alt={`${picture.file.name}, red-free`}
                  draggable={false}
                  className={classes.picture}
                  data-red-free
                  data-large={scale > 3 || undefined}
                />
                {over(true)}
              </div>
            </div>
            <span className={classes.caption}>Red-free (green channel)</span>
          </div>
        )}
        {!url && !failure && (
          <Loader className={classes.centre} color="gray" aria-label="Preparing the view" />
        )}
        {failure && (
          <p className={classes.centre}>
            {failureOf(failure).code === 'OFFLINE'
              ? failureOf(failure).message
              : 'There is nothing to show of this file.'}
          </p>
        )}
      </div>
      {scale > 0 && !failure && (
        <fieldset className={classes.tools}>
          <legend className="spoken">Zoom</legend>
          <ActionIcon
            variant="transparent"
            color="gray.3"
            aria-label="Zoom out"
            title="Zoom out (−)"
            onClick={() => zoomBy(1 / STEP)}
          >
            <MinusIcon />
          </ActionIcon>
          <output className={classes.scale} aria-label="Scale">
            {Math.round(scale * 100)}%
          </output>
          <ActionIcon
            variant="transparent"
            color="gray.3"
            aria-label="Zoom in"
            title="Zoom in (+)"
            onClick={() => zoomBy(STEP)}
          >
            <PlusIcon />
          </ActionIcon>
          <ActionIcon variant="transparent" color="gray.3" aria-label="Fit" title="Fit (0)" onClick={fit}>
            <FitIcon />
          </ActionIcon>
        </fieldset>
      )}
    </section>
  );
}

/** The half that a pointer is over, where there are two. */
const paneAt = (frame: Element, { clientX }: { clientX: number }): Element =>
  [...frame.querySelectorAll(`.${classes.pane}`)].findLast(
    (pane) => clientX >= pane.getBoundingClientRect().left,
  ) ?? frame;

function fromCentre(element: Element, { clientX, clientY }: { clientX: number; clientY: number }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
}

/** Distance of two fingers. */
function spreadOf(held: ReadonlyMap<number, { x: number; y: number }>): number | undefined {
  const [a, b] = [...held.values()];
  return a && b && Math.hypot(a.x - b.x, a.y - b.y);
}
