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

/** Patient, eye and day of each file, begun with what its name tells. */
export function TypedGrid({ files, guess, typed, onTyped }: Props) {
  const guessed = new Map(
    guess.examples.map(({ name, patient, eye, date }) => [
      name,
      { patient: patient ?? '', eye: eye ?? '', date: date ?? '' },
    ]),
  );
  const of = (name: string) => typed.get(name) ?? guessed.get(name) ?? BLANK;
  const set = (name: string, change: Partial<Typed>) =>
    onTyped(new Map(typed).set(name, { ...of(name), ...change }));
  return (
    <div className={classes.scroll}>
      <table className={classes.grid}>
        <caption className="spoken">Patient, eye and day of each file</caption>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Patient</th>
            <th scope="col">Eye</th>
            <th scope="col">Day</th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ name }) => {
            const { patient, eye, date } = of(name);
            return (
              <tr key={name}>
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
