import { TextInput } from '@mantine/core';
import { count } from '../format.ts';
import { dayText } from '../shell/dates.ts';
import type { Guess } from '../shell/room-api.ts';
import classes from './import-dialogue.module.css';

interface Props {
  readonly guess: Guess;
  readonly pattern: string;
  readonly onPattern: (pattern: string) => void;
}

/** Rows that show what a pattern makes of names. */
const SHOWN = 5;

/** How the names are understood, with examples; the pattern can be typed over. */
export function GuessPreview({ guess, pattern, onPattern }: Props) {
  const isTyped = pattern !== (guess.pattern ?? '');
  return (
    <div className={classes.guess}>
      <TextInput
        label="Pattern"
        description="{patient}, {eye}, {date}, {field}, and * for anything else; folders count: {patient}/{eye}*"
        placeholder="{patient}_{eye}_{date}*"
        maxLength={500}
        classNames={{ input: classes.pattern! }}
        value={pattern}
        onChange={({ currentTarget }) => onPattern(currentTarget.value)}
      />
      <p className={classes.hint} role="status">
        {isTyped
          ? 'Your own pattern is applied to every name when the files arrive.'
          : guess.matched === 0
            ? 'The names follow no pattern that is known: each file becomes a patient of its own, named after it, unless you say more.'
            : `It fits ${count(guess.matched)} of ${count(guess.of)} names.`}
      </p>
      {!isTyped && guess.examples.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.grid}>
            <caption className="spoken">What the pattern makes of the first names</caption>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">Patient</th>
                <th scope="col">Eye</th>
                <th scope="col">Day</th>
              </tr>
            </thead>
            <tbody>
              {guess.examples.slice(0, SHOWN).map(({ name, patient, eye, date }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{patient ?? '–'}</td>
                  <td>{eye ?? '–'}</td>
                  <td>{date ? dayText(date) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
