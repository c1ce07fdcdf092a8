import { useEffect, useMemo, useRef } from 'react';
import { takeAway } from '../image/region.ts';
import type { Evidence } from '../server/contract.ts';
import type { Circle } from './api.ts';
import type { EvidenceState } from './evidence.ts';
import classes from './evidence-layers.module.css';
import { colourAt, contour, fineGrid, LEVELS, type Palette, paintMap } from './evidence-map.ts';
import { loadPicture } from './load-picture.ts';
import type { Size } from './view.ts';

interface Props {
  readonly evidence: EvidenceState;
  /** Where the picture is shown from. */
  readonly url: string;
  /** The red-free view carries what was taken away, and no colours over it. */
  readonly isRedFree: boolean;
}

/** What lies over a picture, in its place at any zoom: what was taken away, and the map. */
export function EvidenceLayers({ evidence, url, isRedFree }: Props) {
  const { shown, size, circles, look, palette, opacity } = evidence;
  if (!size) return null;
  const extent = shown && {
    left: `${(shown.extent.left / size.width) * 100}%`,
    top: `${(shown.extent.top / size.height) * 100}%`,
    width: `${((shown.extent.right - shown.extent.left) / size.width) * 100}%`,
    height: `${((shown.extent.bottom - shown.extent.top) / size.height) * 100}%`,
  };
  return (
    <>
      {circles.length > 0 && <Gaps url={url} size={size} circles={circles} isRedFree={isRedFree} />}
      {shown && !isRedFree && (
        <div
          role="img"
          aria-label={`Map of what speaks for ${shown.name}`}
          className={classes.map}
          style={extent}
          data-cropped={isCropped(shown) || undefined}
        >
          {look === 'colours' ? (
            <Colours map={shown.map} palette={palette} opacity={opacity} />
          ) : (
            <Lines map={shown.map} palette={palette} opacity={opacity} />
          )}
        </div>
      )}
      {circles.length > 0 && (
        <svg className={classes.rings} viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
          {circles.map(({ x, y, radius }) => (
            <Ring key={`${x} ${y} ${radius}`} x={x} y={y} radius={radius} />
          ))}
        </svg>
      )}
    </>
  );
}

/** Whether the model sees a part of the picture alone. */
export const isCropped = ({ extent }: Evidence): boolean => extent.left > 0.5 || extent.top > 0.5;

/** A circle that is seen on bright and on dark. */
export function Ring({ x, y, radius, isTool }: Circle & { readonly isTool?: boolean }) {
  return (
    <g className={isTool ? classes.tool : undefined}>
      <circle className={classes.casing} cx={x} cy={y} r={radius} />
      <circle className={classes.ring} cx={x} cy={y} r={radius} />
    </g>
  );
}

interface MapProps {
  readonly map: NonNullable<EvidenceState['shown']>['map'];
  readonly palette: Palette;
  readonly opacity: number;
}

export function Colours({ map, palette, opacity }: MapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const grid = useMemo(() => fineGrid(map), [map]);
  useEffect(() => {
    const pixels = new ImageData(paintMap(grid, palette), grid.width, grid.height);
    canvas.current?.getContext('2d')?.putImageData(pixels, 0, 0);
  }, [grid, palette]);
  return <canvas ref={canvas} width={grid.width} height={grid.height} style={{ opacity }} />;
}

function Lines({ map, palette, opacity }: MapProps) {
  const lines = useMemo(() => {
    const grid = fineGrid(map);
    return LEVELS.map((level) => ({ level, path: contour(grid, level) }));
  }, [map]);
  return (
    <svg viewBox="0 0 1 1" preserveAspectRatio="none" style={{ opacity }} aria-hidden="true">
      {lines.map(({ level, path }) => (
        <g key={level}>
          <path className={classes.casing} d={path} />
          <path
            className={classes.line}
            d={path}
            style={{ stroke: `rgb(${colourAt(palette, level).join(' ')})` }}
          />
        </g>
      ))}
    </svg>
  );
}

interface GapsProps {
  readonly url: string;
  readonly size: Size;
  readonly circles: readonly Circle[];
  readonly isRedFree: boolean;
}

/** Pixels a side; the fill is smooth, so it need not be finer. */
const GAPS_SIDE = 1024;

/** What was taken away, as the model sees it: the same fill as on the server. */
function Gaps({ url, size, circles, isRedFree }: GapsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(1, GAPS_SIDE / Math.max(size.width, size.height));
  const width = Math.max(1, Math.round(size.width * scale));
  const height = Math.max(1, Math.round(size.height * scale));
  useEffect(() => {
    let isWanted = true;
    void loadPicture(url).then((picture) => {
      const context = canvas.current?.getContext('2d', { willReadFrequently: true });
      if (!isWanted || !context) return;
      context.drawImage(picture, 0, 0, width, height);
      const pixels = context.getImageData(0, 0, width, height);
      for (const { x, y, radius } of circles) {
        const region = { shape: 'circle', x: x * scale, y: y * scale, radius: radius * scale } as const;
        takeAway({ width, height, channels: 4, data: pixels.data }, region);
      }
      context.clearRect(0, 0, width, height);
      context.putImageData(onlyWithin(pixels, circles, scale), 0, 0);
    });
    return () => {
      isWanted = false;
    };
  }, [url, circles, width, height, scale]);
  return (
    <canvas
      ref={canvas}
      className={classes.gaps}
      data-red-free={isRedFree || undefined}
      width={width}
      height={height}
    />
  );
}

/** Everything outside of the circles is left to the picture itself, which is sharper. */
function onlyWithin(pixels: ImageData, circles: readonly Circle[], scale: number): ImageData {
  const { width, data } = pixels;
  for (let i = 0; i < data.length / 4; i++) {
    const [px, py] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    if (!circles.some(({ x, y, radius }) => Math.hypot(px - x * scale, py - y * scale) < radius * scale))
      data[i * 4 + 3] = 0;
  }
  return pixels;
}
