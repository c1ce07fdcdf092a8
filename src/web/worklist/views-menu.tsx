import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { useState } from 'react';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { CloseIcon, StarIcon } from '../icons.tsx';
import { worklistAddress } from '../route.ts';
import { useViews } from './views.ts';
import classes from './worklist.module.css';

/** The saved views, and a name for the present one. */
export function ViewsMenu({ query }: { readonly query: string }) {
  const { all, save, remove, error } = useViews();
  const [name, setName] = useState('');
  const [isOpen, setOpen] = useState(false);
  const present = all.find((view) => view.query === query);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus returnFocus width={280}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<StarIcon width={16} height={16} />}
          onClick={() => setOpen(!isOpen)}
          aria-expanded={isOpen}
        >
          {present?.name ?? 'Views'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Saved views">
        {all.length === 0 && (
          <p className={classes.noViews}>Filters that you often need can be kept by name.</p>
        )}
        <ul className={classes.views}>
          {all.map((view) => (
            <li key={view.name}>
              <a
                href={worklistAddress(view.query)}
                aria-current={view.query === query || undefined}
                onClick={() => setOpen(false)}
              >
                {view.name}
              </a>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Delete the view ${view.name}`}
                onClick={() => remove(view.name)}
              >
                <CloseIcon width={14} height={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <form
          className={classes.newView}
          onSubmit={(event) => {
            event.preventDefault();
            if (!name.trim()) return;
            save({ name: name.trim(), query }, () => {
              setName('');
              setOpen(false);
            });
          }}
        >
          <TextInput
            aria-label="Name of this view"
            placeholder="Name of this view"
            maxLength={60}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" variant="default" disabled={!name.trim()}>
            Save
          </Button>
        </form>
        {error && <FailureCard failure={failureOf(error)} />}
      </Popover.Dropdown>
    </Popover>
  );
}
