import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import type { Guess } from '../shell/room-api.ts';
import type { HandedFile } from './handed-files.ts';
import classes from './import-dialogue.module.css';
import type { Typed } from './table-text.ts';

interface Props {
  readonly files: readonly HandedFile[];
  readonly guess: Guess;
  readonly typed: ReadonlyMap<string, Typed>;
  readonly onTyped: (typed: ReadonlyMap<string, Typed>) => void;
}

const BLANK: Typed = { patient: '', eye: '', date: '' };

/** Pixels of a row. */
const ROW = 37;
/** Rows beyond what is seen that are drawn beforehand: Tab leads into them. */
const OVERSCAN = 12;

/** Patient, eye and day of each file, begun with what its name tells; what is not on the screen does not exist. */
export function TypedGrid({ files, guess, typed, onTyped }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const guessed = useMemo(
    () =>
      new Map(
        guess.examples.map(({ name, patient, eye, date }) => [
          name,
          { patient: patient ?? '', eye: eye ?? '', date: date ?? '' },
        ]),
      ),
    [guess],
  );
  const rows = useVirtualizer({
    count: files.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: OVERSCAN,
  });
  const shown = rows.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const behind = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const of = (name: string) => typed.get(name) ?? guessed.get(name) ?? BLANK;
  const set = (name: string, change: Partial<Typed>) =>
    onTyped(new Map(typed).set(name, { ...of(name), ...change }));
  return (
    <div className={classes.scroll} ref={scroller}>
      <table
        className={classes.grid}
        aria-rowcount={files.length + 1}
        style={{ marginTop: before, marginBottom: behind }}
      >
        <caption className="spoken">Patient, eye and day of each file</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">File</th>
            <th scope="col">Patient</th>
            <th scope="col">Eye</th>
            <th scope="col">Day</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ index }) => {
            const { name } = files[index]!;
            const { patient, eye, date } = of(name);
            return (
              <tr key={name} aria-rowindex={index + 2} style={{ height: ROW }}>
                <th scope="row">{name}</th>
                <td>
                  <input
                    aria-label={`Patient of ${name}`}
                    maxLength={200}
                    value={patient}
                    onChange={({ currentTarget }) => set(name, { patient: currentTarget.value })}
                  />
                </td>
                <td>
                  <select
                    aria-label={`Eye of ${name}`}
                    value={eye}
                    onChange={({ currentTarget }) => set(name, { eye: currentTarget.value })}
                  >
                    <option value="">?</option>
                    <option value="OD">OD</option>
                    <option value="OS">OS</option>
                  </select>
                </td>
                <td>
                  <input
                    type="date"
                    aria-label={`Day of ${name}`}
                    value={date}
                    onChange={({ currentTarget }) => set(name, { date: currentTarget.value })}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
