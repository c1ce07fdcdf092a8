import { ActionIcon, Select, Tooltip } from '@mantine/core';
import type { ModelInfo } from '../server/contract.ts';
import { Browse } from './browse.tsx';
import classes from './header.module.css';
import { SlidersIcon } from './icons.tsx';

interface Props {
  readonly models: readonly ModelInfo[];
  readonly model: ModelInfo | undefined;
  readonly onModel: (name: string) => void;
  readonly onDetails: () => void;
  readonly onFiles: (files: readonly File[]) => void;
  /** Before the first picture the stage has a Browse button of its own, and that one leads. */
  readonly isEmpty: boolean;
}

/** Title, model, Browse. */
export function Header({ models, model, onModel, onDetails, onFiles, isEmpty }: Props) {
  return (
    <header className={classes.header}>
      <div className={classes.brand}>
        <h1 className={classes.title}>Retinal Disease Classifier</h1>
        <span className={classes.product}>Fovea</span>
      </div>
      <div className={classes.controls}>
        <Select
          className={classes.models}
          aria-label="Model"
          placeholder="No model"
          data={models.map(({ manifest: { name, title } }) => ({ value: name, label: title }))}
          value={model?.manifest.name ?? null}
          onChange={(name) => name && onModel(name)}
          allowDeselect={false}
          disabled={models.length === 0}
          maxDropdownHeight={360}
        />
        <Tooltip label="Model and its contract">
          <ActionIcon
            size={36}
            variant="default"
            aria-label="Model and its contract"
            onClick={onDetails}
            disabled={!model}
          >
            <SlidersIcon />
          </ActionIcon>
        </Tooltip>
        <Browse onFiles={onFiles} variant={isEmpty ? 'default' : 'filled'} />
      </div>
    </header>
  );
}
