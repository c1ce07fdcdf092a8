import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useLetters } from '../reading/letters.ts';
import { isTyping } from '../typing.ts';
import { useNarrow } from './narrow.ts';
import classes from './virtual-table.module.css';
import type { Windowed } from './windowed.ts';

interface Props<T> {
  /** What the table holds, for who cannot see it. */
  readonly label: string;
  readonly rows: Windowed<unknown, T>;
  /** What the rows depend on; another one starts at the top. */
  readonly listId: string;
  /** Pixels. */
  readonly rowHeight: number;
  /** Class that lays the cells of the head and of each row out. */
  readonly rowClass: string;
  readonly head: readonly string[];
  /** What a row is known by when others come in before it. */
  readonly keyOf: (row: T) => string;
  /** `td` elements of a row; the first link in it is what Enter opens. `isMoving`: it flies past, so pictures can wait. */
  readonly cells: (row: T, at: { readonly index: number; readonly isMoving: boolean }) => ReactNode;
  /** Row to begin at. */
  readonly start?: number | undefined;
}

/** Rows beyond what is on the screen that are drawn beforehand. */
const OVERSCAN = 8;

/** Pixels of the head, which stays at the top; in a narrow window rows explain themselves. */
const HEAD = 33;

/** A table of any length, walked by j and k or arrows; what is not on the screen does not exist. */
export function VirtualTable<T>(props: Props<T>) {
  const { label, rows, listId, rowHeight, rowClass, head, keyOf, cells, start } = props;
  const id = useId();
  const hasLetters = useLetters();
  const headHeight = useNarrow() ? 0 : HEAD;
  const scroller = useRef<HTMLElement>(null);
  const [current, setCurrent] = useState(start ?? -1);
  const total = rows.total ?? 0;
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    // The row that has the focus is kept, or the focus would be lost with it.
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (current >= 0 && current < total && !indexes.includes(current)) indexes.push(current);
      return indexes.toSorted((a, b) => a - b);
    },
  });
  // What comes in before the current row moves it: the mark goes with it, or Enter would open another.
  const currentRow = current >= 0 ? rows.rowAt(current) : undefined;
  const currentKey = currentRow && keyOf(currentRow);
  const marked = useRef<{ readonly index: number; readonly key: string }>(undefined);
  if (currentKey !== undefined && marked.current?.index !== current) {
    marked.current = { index: current, key: currentKey };
  } else if (currentKey !== undefined && marked.current?.key !== currentKey) {
    const moved = nearby(current, (index) => {
      const row = rows.rowAt(index);
      return row !== undefined && keyOf(row) === marked.current?.key;
    });
    marked.current = { index: moved ?? current, key: moved === undefined ? currentKey : marked.current!.key };
    if (moved !== undefined) setCurrent(moved);
  }
  const items = virtualizer.getVirtualItems();
  const keys = uniqueKeys(items, (index) => {
    const row = rows.rowAt(index);
    return row && keyOf(row);
  });
  const { range, isScrolling } = virtualizer;
  const { show } = rows;
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? 0;
  useEffect(() => show(first, last), [show, first, last]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of height is measured anew
  useEffect(() => virtualizer.measure(), [rowHeight]);

  const begun = useRef<string>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another list, or the first rows of this one, scroll
  useEffect(() => {
    if (total === 0 || begun.current === listId) return;
    const isFirst = begun.current === undefined;
    begun.current = listId;
    const at = isFirst && start !== undefined ? Math.min(start, total - 1) : -1;
    setCurrent(at);
    virtualizer.scrollToIndex(Math.max(0, at), { align: at > 0 ? 'center' : 'start' });
  }, [listId, total]);

  const focusRow = (index: number) => {
    const link = document.getElementById(`${id}-${index}`)?.querySelector<HTMLElement>('a');
    link?.focus({ preventScroll: true });
    return link != null;
  };

  const onKey = useRef<(event: KeyboardEvent) => void>(undefined);
  onKey.current = (event) => {
    if (event.defaultPrevented || isTyping(event) || total === 0) return;
    const isInside = scroller.current?.contains(document.activeElement) ?? false;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ...(hasLetters && { j: 1, k: -1 }),
      ...(isInside && {
        ArrowDown: 1,
        ArrowUp: -1,
        PageDown: page,
        PageUp: -page,
        Home: -total,
        End: total,
      }),
    };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(total - 1, current < 0 && by > 0 ? 0 : current + by));
    setCurrent(to);
    virtualizer.scrollToIndex(to, { align: 'auto' });
    // At once where the row is there, so that Enter typed right after is its; else as soon as it is drawn.
    if (!focusRow(to)) requestAnimationFrame(() => focusRow(to));
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey.current?.(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.scroller} ref={scroller} tabIndex={0} aria-label={label}>
      <table className={classes.table} aria-label={label} aria-rowcount={total + 1}>
        <thead className={classes.head}>
          <tr aria-rowindex={1} className={rowClass}>
            {head.map((name) => (
              <th key={name} scope="col">
                {name || <span className="spoken">Picture</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start: top }) => {
            const row = rows.rowAt(index);
            return (
              <tr
                key={keys.get(index)}
                id={`${id}-${index}`}
                aria-rowindex={index + 2}
                aria-busy={row === undefined || undefined}
                className={`${classes.row} ${rowClass}`}
                data-current={index === current || undefined}
                style={{ height: rowHeight, transform: `translateY(${top - headHeight}px)` }}
                onFocus={() => setCurrent(index)}
              >
                {row === undefined ? (
                  <td className={classes.coming}>
                    <span className="spoken">Loading</span>
                  </td>
                ) : (
                  cells(row, { index, isMoving: isScrolling })
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Rows looked through on either side for one that has moved. */
const REACH = 100;

function nearby(index: number, is: (index: number) => boolean): number | undefined {
  for (let by = 1; by <= REACH; by++) {
    if (is(index + by)) return index + by;
    if (index >= by && is(index - by)) return index - by;
  }
  return undefined;
}

/** Each row's key; of rows that are known by the same, and of those on their way, its place. */
function uniqueKeys(
  items: readonly { readonly index: number }[],
  keyAt: (index: number) => string | undefined,
): ReadonlyMap<number, string> {
  const used = new Set<string>();
  return new Map(
    items.map(({ index }) => {
      const key = keyAt(index);
      const own = key === undefined || used.has(key) ? `at ${index}` : key;
      used.add(own);
      return [index, own];
    }),
  );
}
