import { Button, Group, Loader, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useMemo, useState } from 'react';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { count, fileSize } from '../format.ts';
import { momentText } from '../shell/dates.ts';
import { guessPattern } from '../shell/room-api.ts';
import { GuessPreview } from './guess-preview.tsx';
import { type HandedFile, type Kind, kindOf } from './handed-files.ts';
import classes from './import-dialogue.module.css';
import { TableChoice } from './table-choice.tsx';
import { type Typed, tableText } from './table-text.ts';
import { TypedGrid } from './typed-grid.tsx';
import { startUpload } from './uploads.ts';

interface Props {
  readonly files: readonly HandedFile[];
  /** How many more there were that are no pictures. */
  readonly leftOut: number;
  readonly onClose: () => void;
}

/** Names that a pattern is guessed from, as many as the server takes; more tell no more. */
const GUESSED = 1000;
/** Files that somebody can be asked to type for: those whose names were looked at. */
const TYPED = GUESSED;

const KIND_WORDS: readonly (readonly [kind: Exclude<Kind, 'other'>, one: string, many: string])[] = [
  ['picture', 'picture', 'pictures'],
  ['archive', 'archive', 'archives'],
  ['table', 'table', 'tables'],
];

type Way = 'names' | 'table' | 'typed';

/** Before files are sent: what they are, and whose eyes. */
export function ImportDialogue({ files, leftOut, onClose }: Props) {
  const { tables, sent, numbers, bytes, names } = useMemo(() => sorted(files), [files]);
  const id = useId();
  const [way, setWay] = useState<Way>(tables.length > 0 ? 'table' : 'names');
  const [table, setTable] = useState<File | undefined>(tables[0]?.file);
  const [typed, setTyped] = useState<ReadonlyMap<string, Typed>>(new Map());
  const [pattern, setPattern] = useState<string>();
  const [name, setName] = useState(() => nameOf(files));
  const [isReading, setReading] = useState(false);
  const guess = useQuery({
    queryKey: ['guess', id],
    queryFn: () => guessPattern(names),
    enabled: names.length > 0,
    gcTime: 0,
  });
  const [failure, setFailure] = useState<unknown>();

  const start = async () => {
    setReading(true);
    try {
      const text = way === 'table' && table ? await table.text() : way === 'typed' ? tableText(typed) : '';
      const chosen = pattern ?? guess.data?.pattern ?? '';
      startUpload(sent, {
        ...(name.trim() && { name: name.trim() }),
        ...(chosen && { pattern: chosen }),
        ...(text && { table: text }),
      });
      onClose();
    } catch (thrown) {
      setFailure(thrown);
      setReading(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title="Import" size={760}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <ul className={classes.kinds}>
          {KIND_WORDS.map(([kind, one, many]) => {
            const number = numbers[kind];
            return (
              number > 0 && (
                <li key={kind}>
                  <strong>{count(number)}</strong> {number === 1 ? one : many}
                </li>
              )
            );
          })}
          <li>{fileSize(bytes)}</li>
          {leftOut > 0 && (
            <li>
              <strong>{count(leftOut)}</strong> {leftOut === 1 ? 'other file' : 'other files'} left out
            </li>
          )}
        </ul>
        <TextInput
          label="Name of the batch"
          maxLength={200}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <div className={classes.way}>
          <p id="whose">Whose eyes they are is told</p>
          <SegmentedControl
            aria-labelledby="whose"
            value={way}
            onChange={(value) => setWay(value as Way)}
            data={[
              { value: 'names', label: 'by the file names' },
              { value: 'table', label: 'by a table' },
              { value: 'typed', label: 'by you', disabled: sent.length > TYPED },
            ]}
          />
          {sent.length > TYPED && (
            <p className={classes.hint}>Of more than {TYPED} files a table tells it better than a hand.</p>
          )}
        </div>
        {guess.isFetching && (
          <p className={classes.hint} role="status">
            <Loader size={14} /> Looking at the names…
          </p>
        )}
        {guess.error && <FailureCard failure={failureOf(guess.error)} />}
        {way === 'names' && guess.data && (
          <GuessPreview
            guess={guess.data}
            pattern={pattern ?? guess.data.pattern ?? ''}
            onPattern={setPattern}
          />
        )}
        {way === 'table' && <TableChoice table={table} onTable={setTable} />}
        {way === 'typed' && guess.data && (
          <TypedGrid files={sent} guess={guess.data} typed={typed} onTyped={setTyped} />
        )}
        {failure !== undefined && <FailureCard failure={failureOf(failure)} />}
        <Group justify="flex-end" gap="sm" className={classes.foot}>
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isReading}
            disabled={sent.length === 0 || (way === 'table' && !table)}
            data-autofocus
          >
            Import {sent.length === 1 ? '1 file' : `${count(sent.length)} files`}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** What there is: tables tell of the others, and are not sent themselves. */
function sorted(files: readonly HandedFile[]) {
  const numbers = { picture: 0, archive: 0, table: 0 };
  const tables: HandedFile[] = [];
  const sent: HandedFile[] = [];
  let bytes = 0;
  for (const handed of files) {
    const named = kindOf(handed.name);
    // Those that are still here are pictures by their first bytes.
    const kind = named === 'other' ? 'picture' : named;
    numbers[kind]++;
    bytes += handed.file.size;
    (kind === 'table' ? tables : sent).push(handed);
  }
  return { numbers, tables, sent, bytes, names: sent.slice(0, GUESSED).map(({ name }) => name) };
}

/** The folder's name where all lie in one; else the day. */
function nameOf(files: readonly HandedFile[]): string {
  const folders = new Set(files.map(({ name }) => (name.includes('/') ? name.split('/')[0] : '')));
  const [folder] = folders;
  return folders.size === 1 && folder ? folder : momentText(new Date().toISOString());
}
