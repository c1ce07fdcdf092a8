import { useState } from 'react';
import { Ring } from './evidence-layers.tsx';
import type { Size } from './view.ts';
import classes from './viewer.module.css';

/** Picks places of a picture: all in pixels of it as the server has it. */
export interface PickTool {
  readonly size: Size;
  readonly radius: number;
  readonly onPick: (x: number, y: number) => void;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where the circle of a tool stands, by pointer or by keys; nowhere until one of them is used. */
export function usePick(tool: PickTool | undefined) {
  const [place, setPlace] = useState<Place>();
  // It starts in the middle, and stays within the picture.
  const move = (dx: number, dy: number) => {
    if (!tool) return;
    const { width, height } = tool.size;
    const step = tool.radius / 2;
    const within = (value: number, most: number) => Math.max(0, Math.min(most, value));
    setPlace(
      place
        ? { x: within(place.x + dx * step, width), y: within(place.y + dy * step, height) }
        : { x: width / 2, y: height / 2 },
    );
  };
  const take = () => (place ? tool?.onPick(place.x, place.y) : move(0, 0));
  const keys: Record<string, () => void> = {
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, -1),
    ArrowDown: () => move(0, 1),
    Enter: take,
    ' ': take,
  };
  const circle = tool && place && (
    <svg className={classes.over} viewBox={`0 0 ${tool.size.width} ${tool.size.height}`} aria-hidden="true">
      <Ring x={place.x} y={place.y} radius={tool.radius} isTool />
    </svg>
  );
  return { setPlace, keys, circle };
}
