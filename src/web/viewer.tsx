import { ActionIcon, Loader } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { failureOf } from './api.ts';
import { FitIcon, MinusIcon, PlusIcon } from './icons.tsx';
import type { Picture } from './pictures.ts';
import { useShownUrl } from './shown-url.ts';
import { FITTED, fittedSize, moved, type Size, zoomed } from './view.ts';
import classes from './viewer.module.css';

const STEP = 1.25;
/** Pixels that an arrow key moves by. */
const NUDGE = 60;
const NOTHING: Size = { width: 0, height: 0 };

/** One picture on black: wheel, pinch, + and − zoom, dragging and arrows move, 0 and a double click fit it in. */
export function Viewer({ picture }: { readonly picture: Picture }) {
  const { ref, ...panel } = useElementSize();
  const frame = useRef<HTMLElement>(null);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const [size, setSize] = useState(NOTHING);
  const [view, setView] = useState(FITTED);
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
    const { x, y } = fromCentre(frame.current!, event);
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
    const move = view.zoom > 1 ? arrows[event.key] : undefined;
    if (!move) return;
    event.preventDefault();
    move();
  };

  const onPointerMove = (event: PointerEvent) => {
    const held = pointers.current;
    const before = held.get(event.pointerId);
    if (!before) return;
    const spread = spreadOf(held);
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (held.size === 2 && spread) {
      const { x, y } = fromCentre(frame.current!, event);
      zoomBy(spreadOf(held)! / spread, x, y);
    } else moveBy(event.clientX - before.x, event.clientY - before.y);
  };
  const letGo = (event: PointerEvent) => pointers.current.delete(event.pointerId);

  const fitted = fittedSize(size, panel);
  const scale = (fitted.width * view.zoom) / (size.width || 1);
  return (
    <section
      ref={frame}
      role="application"
      aria-label={`${picture.file.name}. Plus and minus zoom, arrows move, 0 fits.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move what has the focus
      tabIndex={0}
      className={classes.viewer}
      data-zoomed={view.zoom > 1 || undefined}
      onKeyDown={onKeyDown}
      onDoubleClick={fit}
      onPointerDown={(event) => {
        if (event.button !== 0 || (event.target as Element).closest('button')) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      }}
      onPointerMove={onPointerMove}
      onPointerUp={letGo}
      onPointerCancel={letGo}
    >
      <div ref={ref} className={classes.panel}>
        {url && !failure && (
          <img
            key={url}
            src={url}
            alt={picture.file.name}
            draggable={false}
            className={classes.picture}
            data-large={scale > 3 || undefined}
            style={{
              width: fitted.width * view.zoom,
              height: fitted.height * view.zoom,
              transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px)`,
              visibility: size.width ? 'visible' : 'hidden',
            }}
            onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
              setSize({ width, height })
            }
            onError={markUnshowable}
          />
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

function fromCentre(element: Element, { clientX, clientY }: { clientX: number; clientY: number }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
}

/** Distance of two fingers. */
function spreadOf(held: ReadonlyMap<number, { x: number; y: number }>): number | undefined {
  const [a, b] = [...held.values()];
  return a && b && Math.hypot(a.x - b.x, a.y - b.y);
}

/** Keys belong to whatever is being filled in, and to an open panel. */
export const isTyping = ({ target, ctrlKey, metaKey, altKey }: globalThis.KeyboardEvent): boolean =>
  ctrlKey ||
  metaKey ||
  altKey ||
  (target instanceof Element &&
    target.closest('input:not([readonly]), textarea, select, [role=dialog]') !== null);
