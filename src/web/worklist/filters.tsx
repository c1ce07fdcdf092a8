import { CloseButton, Select, TextInput } from '@mantine/core';
import type { OutcomeResult, VisitState, Worklist } from '../../server/clinic-contract.ts';
import { count } from '../format.ts';
import { moveTo, worklistAddress } from '../route.ts';
import { RESULT_WORDS, STATE_WORDS } from '../shell/marks.tsx';
import type { WorklistFilter } from '../shell/room-api.ts';
import { SearchBox } from '../shell/search-box.tsx';
import { queryOf, RESULTS, STATES } from './filter.ts';
import { ViewsMenu } from './views-menu.tsx';
import classes from './worklist.module.css';

interface Props {
  readonly filter: WorklistFilter;
  readonly counts: Worklist['counts'] | undefined;
}

const addressOf = (filter: WorklistFilter) => worklistAddress(queryOf(filter));

/** In which state, then which of them, in what order. */
export function Filters({ filter, counts }: Props) {
  const narrow = (change: Partial<WorklistFilter>) => moveTo(addressOf({ ...filter, ...change }));
  const all = counts && Object.values(counts).reduce((sum, n) => sum + n, 0);
  const tabs: readonly (readonly [state: VisitState | undefined, word: string, many: number | undefined])[] =
    [
      ...STATES.map((state) => [state, STATE_WORDS[state], counts?.[state]] as const),
      [undefined, 'All', all],
    ];
  return (
    <div className={classes.filters}>
      <nav className={classes.tabs} aria-label="State">
        {tabs.map(([state, word, many]) => (
          <a
            key={word}
            href={addressOf({ ...filter, state })}
            aria-current={filter.state === state ? 'true' : undefined}
          >
            {word} <span>{many === undefined ? '' : count(many)}</span>
          </a>
        ))}
      </nav>
      <div className={classes.tools}>
        <SearchBox
          label="Find patients"
          placeholder="Find a patient"
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
        <div className={classes.dates}>
          <TextInput
            type="date"
            aria-label="From day"
            value={filter.from ?? ''}
            onChange={({ currentTarget }) => narrow({ from: currentTarget.value || undefined })}
          />
          <span aria-hidden="true">–</span>
          <TextInput
            type="date"
            aria-label="To day"
            value={filter.to ?? ''}
            onChange={({ currentTarget }) => narrow({ to: currentTarget.value || undefined })}
          />
        </div>
        <Select
          aria-label="Order"
          className={classes.choice}
          allowDeselect={false}
          data={[
            { value: 'triage', label: 'Most urgent first' },
            { value: 'newest', label: 'Newest first' },
            { value: 'patient', label: 'By patient' },
          ]}
          value={filter.sort ?? 'triage'}
          onChange={(value) => narrow({ sort: value as WorklistFilter['sort'] })}
        />
        <ViewsMenu query={queryOf(filter)} />
      </div>
      {filter.batch && (
        <p className={classes.batch}>
          Of one batch only
          <CloseButton size="sm" aria-label="Of all batches" onClick={() => narrow({ batch: undefined })} />
        </p>
      )}
    </div>
  );
}
