import { Button, Drawer, Group } from '@mantine/core';
import { useState } from 'react';
import type { ModelInfo } from '../server/contract.ts';
import { failureOf } from './api.ts';
import { type Draft, draftOf, readDraft } from './contract-draft.ts';
import { ContractForm } from './contract-form.tsx';
import { FailureCard } from './failure-card.tsx';
import { fileSize, shortHash } from './format.ts';
import classes from './model-panel.module.css';
import type { ModelChanges } from './queries.ts';
import { modelAddress } from './route.ts';

interface Props {
  readonly model: ModelInfo;
  readonly isOpen: boolean;
  readonly changes: ModelChanges;
  readonly onClose: () => void;
}

/** A model beside the pictures: what it is, and how it wants them. */
export function ModelPanel({ model, isOpen, changes, onClose: leave }: Props) {
  const onClose = () => {
    // What was refused this time is no longer of interest the next.
    changes.change.reset();
    changes.remove.reset();
    leave();
  };
  return (
    <Drawer.Root opened={isOpen} onClose={onClose} position="right" size={520}>
      <Drawer.Overlay backgroundOpacity={0.45} />
      <Drawer.Content>
        {/* The page has its one banner already. */}
        <Drawer.Header role="presentation">
          <Drawer.Title>{model.manifest.guess ? 'Check this model' : 'Model'}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>
          {/* Another model, or the same one corrected, starts a new draft. */}
          <Editor key={JSON.stringify(model.manifest)} model={model} changes={changes} onClose={onClose} />
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Editor({ model, changes, onClose }: Omit<Props, 'isOpen'>) {
  const { manifest, builtIn } = model;
  const [draft, setDraft] = useState<Draft>(() => draftOf(manifest));
  const { change, problems } = readDraft(draft, manifest);
  const isValid = Object.keys(problems).length === 0;
  const { name } = manifest;
  const refusal = changes.change.error ?? changes.remove.error;
  return (
    <form
      className={classes.panel}
      tabIndex={-1}
      data-autofocus
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid) changes.change.mutate({ name, change }, { onSuccess: onClose });
      }}
    >
      <p className={classes.facts}>
        {manifest.file} · {fileSize(model.fileSize)} · <code>{shortHash(manifest.sha256)}</code> · version{' '}
        {manifest.version} ·{' '}
        <a href={modelAddress(name)} onClick={onClose}>
          layers and ONNX graph
        </a>
      </p>
      {manifest.guess && (
        <div className={classes.guess}>
          <strong>This is a guess.</strong> A Keras file does not say how its pictures were prepared.{' '}
          {manifest.guess} Wrong settings give confident wrong answers, so compare them with the program that
          the model was trained with.
        </div>
      )}
      {builtIn && (
        <div className={classes.guess}>
          This model is shipped with Fovea, so its contract is shown and not changed.
        </div>
      )}
      <ContractForm
        draft={draft}
        problems={problems}
        manifest={manifest}
        isReadOnly={builtIn}
        onChange={setDraft}
      />
      {refusal && <FailureCard failure={failureOf(refusal)} />}
      {!builtIn && (
        <div className={classes.foot}>
          <Removal changes={changes} name={name} onDone={onClose} />
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!isValid} loading={changes.change.isPending}>
              {manifest.guess ? 'Confirm and save' : 'Save'}
            </Button>
          </Group>
        </div>
      )}
    </form>
  );
}

interface RemovalProps {
  readonly changes: ModelChanges;
  readonly name: string;
  readonly onDone: () => void;
}

/** Asks once more before a model goes. */
function Removal({ changes, name, onDone }: RemovalProps) {
  const [isSure, setSure] = useState(false);
  if (!isSure) {
    return (
      <Button variant="subtle" color="var(--mantine-color-error)" onClick={() => setSure(true)}>
        Delete model
      </Button>
    );
  }
  return (
    <Button
      variant="outline"
      color="var(--mantine-color-error)"
      loading={changes.remove.isPending}
      onClick={() => changes.remove.mutate(name, { onSuccess: onDone })}
      onBlur={() => setSure(false)}
      autoFocus
    >
      Delete for good
    </Button>
  );
}
