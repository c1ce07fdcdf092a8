import type { Size } from '../view.ts';
import classes from './eye-pane.module.css';
import type { Sheet } from './pair-view.ts';
import type { Place, Ruler } from './ruler.ts';

interface Props {
  readonly ruler: Ruler;
  readonly sheet: Sheet;
  /** Pixels of the picture. */
  readonly size: Size;
  /** On the screen. */
  readonly panel: Size;
  readonly text: string;
  /** By what the scale is known; undefined where it is not. */
  readonly source: string | undefined;
}

/** What its length takes beside its end, pixels. */
const ROOM = { width: 250, height: 66 };

/** The ruler, as thick at any zoom; its length stands at its end. */
export function RulerLayer({ ruler, sheet, size, panel, text, source }: Props) {
  const onScreen = ({ x, y }: Place) => ({
    x: sheet.left + ((x + 0.5) / size.width) * sheet.width,
    y: sheet.top + ((y + 0.5) / size.height) * sheet.height,
  });
  if (ruler.stage === 'off' || (ruler.stage === 'start' && !ruler.at)) return null;
  if (ruler.stage === 'start')
    return (
      <svg className={classes.ruler} aria-hidden="true">
        <End {...onScreen(ruler.at!)} isFree />
      </svg>
    );
  const [from, to] = [onScreen(ruler.from), onScreen(ruler.to)];
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  return (
    <>
      <svg className={classes.ruler} aria-hidden="true">
        <line className={classes.casing} {...ends} />
        <line className={classes.line} {...ends} />
        <End {...from} />
        <End {...to} isFree={ruler.stage === 'end'} />
      </svg>
      <output
        className={classes.length}
        style={{ left: to.x, top: to.y }}
        data-left={panel.width - to.x < ROOM.width || undefined}
        data-above={panel.height - to.y < ROOM.height || undefined}
        aria-label="Length"
      >
        {text}
        {source && <small>{source}</small>}
      </output>
    </>
  );
}

/** A cross whose middle stays free: what is measured must be seen. */
function End({ x, y, isFree }: Place & { readonly isFree?: boolean }) {
  const path = [
    [0, -1],
    [0, 1],
    [-1, 0],
    [1, 0],
  ]
    .map(([dx, dy]) => `M${x + dx! * 4} ${y + dy! * 4}L${x + dx! * 12} ${y + dy! * 12}`)
    .join('');
  return (
    <g data-free={isFree || undefined}>
      <path className={classes.casing} d={path} />
      <path className={classes.line} d={path} />
    </g>
  );
}
