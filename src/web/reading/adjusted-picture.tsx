import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Size } from '../view.ts';
import { canvasRenderer } from './canvas-renderer.ts';
import classes from './eye-pane.module.css';
import type { Frame, Renderer, Source } from './renderer.ts';
import { webglRenderer } from './webgl-renderer.ts';

interface Props {
  readonly source: Source | null;
  /** Of the canvas on the screen, CSS pixels. */
  readonly panel: Size;
  /** In CSS pixels too. */
  readonly frame: Frame;
  readonly name: string;
}

/** The picture as it is to be seen; on the graphics card, and without one where there is none or it gave up. */
export function AdjustedPicture({ source, panel, frame, name }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const renderer = useRef<Renderer>(null);
  const [kind, setKind] = useState<Renderer['kind']>('webgl');
  const density = window.devicePixelRatio || 1;

  // Another kind is another canvas.
  useLayoutEffect(() => {
    const made = kind === 'webgl' ? webglRenderer(canvas.current!) : canvasRenderer(canvas.current!);
    renderer.current = made;
    if (!made) setKind('canvas');
    return () => made?.dispose();
  }, [kind]);
  useEffect(() => {
    const element = canvas.current!;
    const giveUp = () => setKind('canvas');
    element.addEventListener('webglcontextlost', giveUp);
    return () => element.removeEventListener('webglcontextlost', giveUp);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another renderer has to be given the picture again
  useLayoutEffect(() => {
    renderer.current?.setSource(source);
  }, [source, kind]);
  useLayoutEffect(() => {
    const element = canvas.current!;
    const width = Math.max(1, Math.round(panel.width * density));
    const height = Math.max(1, Math.round(panel.height * density));
    // A new width clears the canvas even if it is the old one.
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    renderer.current?.draw(onScreen(frame, density));
  });
  return (
    <canvas
      key={kind}
      ref={canvas}
      className={classes.picture}
      role="img"
      aria-label={name}
      data-renderer={kind}
    />
  );
}

/** CSS pixels → pixels of the screen. */
function onScreen(frame: Frame, density: number): Frame {
  const { sheet, lens } = frame;
  return {
    ...frame,
    sheet: {
      left: sheet.left * density,
      top: sheet.top * density,
      width: sheet.width * density,
      height: sheet.height * density,
    },
    lens: lens && { ...lens, x: lens.x * density, y: lens.y * density, radius: lens.radius * density },
  };
}
