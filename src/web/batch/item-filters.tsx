import { Select } from '@mantine/core';
import type { BatchItem, OutcomeResult } from '../../server/clinic-contract.ts';
import { QUALITY_WORDS, RESULT_WORDS } from '../shell/marks.tsx';
import type { ItemFilter } from '../shell/room-api.ts';
import { SearchBox } from '../shell/search-box.tsx';
import { RESULTS } from '../worklist/filter.ts';
import classes from './batch-page.module.css';

interface Props {
  readonly filter: ItemFilter;
  readonly onFilter: (filter: ItemFilter) => void;
}

const STATES: readonly (readonly [state: BatchItem['state'] | undefined, word: string])[] = [
  [undefined, 'All'],
  ['read', 'Read'],
  ['waiting', 'Waiting'],
  ['unreadable', 'Not read'],
  ['duplicate', 'Known already'],
  ['refused', 'Refused'],
];

/** Which files of a batch are shown. */
export function ItemFilters({ filter, onFilter }: Props) {
  const narrow = (change: Partial<ItemFilter>) => onFilter({ ...filter, ...change });
  return (
    <div className={classes.filters}>
      <fieldset className={classes.states} aria-label="What became of it">
        {STATES.map(([state, word]) => (
          <button
            key={word}
            type="button"
            aria-pressed={state === filter.state}
            onClick={() => narrow({ state })}
          >
            {word}
          </button>
        ))}
      </fieldset>
      <div className={classes.tools}>
        <SearchBox
          label="Find files"
          placeholder="File or patient"
          value={filter.search ?? ''}
          onChange={(text) => narrow({ search: text || undefined })}
        />
        <Select
          aria-label="Outcome"
          placeholder="Any outcome"
          className={classes.choice}
          clearable
          data={RESULTS.map((value) => ({ value, label: RESULT_WORDS[value] }))}
          value={filter.result ?? null}
          onChange={(value) => narrow({ result: (value as OutcomeResult | null) ?? undefined })}
        />
        <Select
          aria-label="Quality"
          placeholder="Any quality"
          className={classes.choice}
          clearable
          data={Object.entries(QUALITY_WORDS).map(([value, label]) => ({ value, label }))}
          value={filter.quality ?? null}
          onChange={(value) => narrow({ quality: value ?? undefined })}
        />
        <Select
          aria-label="Eye"
          placeholder="Both eyes"
          className={classes.eyes}
          clearable
          data={['OD', 'OS']}
          value={filter.eye ?? null}
          onChange={(value) => narrow({ eye: (value as 'OD' | 'OS' | null) ?? undefined })}
        />
      </div>
    </div>
  );
}
