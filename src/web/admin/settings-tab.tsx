import { Button, MultiSelect, Select, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Settings } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { useModels } from '../queries.ts';
import { Failed, Waiting } from '../shell/page.tsx';
import { getRules, getSettings, putSettings, type RuleTitle } from '../shell/room-api.ts';
import classes from './admin.module.css';
import { CamerasField } from './cameras-field.tsx';
import type { Template } from './template.ts';
import { TemplateForm } from './template-form.tsx';

/** How the room works: by which rule, with which models, and whether a human grades first. */
export function SettingsTab() {
  const settings = useQuery({ queryKey: ['settings'], queryFn: getSettings });
  const rules = useQuery({ queryKey: ['rules'], queryFn: getRules });
  const error = settings.error ?? rules.error;
  if (error) {
    return (
      <Failed
        error={error}
        onRetry={() => {
          void settings.refetch();
          void rules.refetch();
        }}
      />
    );
  }
  if (!settings.data || !rules.data) return <Waiting />;
  return <Form settings={settings.data} rules={rules.data} />;
}

interface Props {
  readonly settings: Settings;
  readonly rules: readonly RuleTitle[];
}

/** What was typed and not saved outlives a look at another tab. */
let begun: { readonly before: Settings; readonly draft: Settings } | undefined;

/** What somebody changed here; the rest may have been changed elsewhere meanwhile. */
const changed = (before: Settings, draft: Settings): Partial<Settings> =>
  Object.fromEntries(
    Object.entries(draft).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof Settings]),
    ),
  );

function Form({ settings, rules }: Props) {
  const [{ before, draft }, setBoth] = useState(begun ?? { before: settings, draft: settings });
  const { data: models = [] } = useModels();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => putSettings(changed(before, draft)),
    onSuccess: (after) => {
      begun = undefined;
      setBoth({ before: after, draft: after });
      queries.setQueryData(['settings'], after);
      for (const key of ['visit', 'worklist']) void queries.invalidateQueries({ queryKey: [key] });
    },
  });
  const change = (part: Partial<Settings>) => {
    save.reset();
    begun = { before, draft: { ...draft, ...part } };
    setBoth(begun);
  };
  const points = new Set([
    draft.operatingPoint,
    ...models.flatMap(({ manifest }) => manifest.calibration?.operatingPoints.map(({ name }) => name) ?? []),
  ]);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <TextInput
        label="Clinic"
        description="Stands on reports."
        maxLength={200}
        value={draft.clinic}
        onChange={({ currentTarget }) => change({ clinic: currentTarget.value })}
      />
      <Select
        label="Rule"
        description="What follows for the patient from what was read in the images. Visits that are read already keep their outcome."
        allowDeselect={false}
        data={rules.map(({ id, title, version }) => ({ value: id, label: `${title}, version ${version}` }))}
        value={draft.rule}
        onChange={(rule) => rule && change({ rule })}
      />
      <MultiSelect
        label="Models"
        description="Which read, in this order; without a choice every shipped one that reads pictures of the kind."
        placeholder={draft.models.length === 0 ? 'All that are shipped' : undefined}
        data={models.map(({ manifest: { name, title } }) => ({ value: name, label: title }))}
        value={draft.models}
        onChange={(chosen) => change({ models: chosen })}
        clearable
      />
      <Select
        label="Operating point"
        description="Where the models decide between positive and negative."
        allowDeselect={false}
        data={[...points].filter(Boolean)}
        value={draft.operatingPoint}
        onChange={(operatingPoint) => operatingPoint && change({ operatingPoint })}
      />
      <Switch
        label="Blinded first"
        description="The reader grades before the model’s answer is shown; the agreement is then counted as blinded."
        checked={draft.blindedFirst}
        onChange={({ currentTarget }) => change({ blindedFirst: currentTarget.checked })}
      />
      <CamerasField cameras={draft.cameras} onCameras={(cameras) => change({ cameras })} />
      <TemplateForm
        template={(draft.template ?? {}) as Template}
        onTemplate={(template) => change({ template })}
      />
      {save.error && <FailureCard failure={failureOf(save.error)} />}
      <div className={classes.actions}>
        <Button type="submit" loading={save.isPending}>
          Save
        </Button>
        <span role="status">
          {save.isSuccess
            ? 'Saved.'
            : Object.keys(changed(before, draft)).length > 0 && 'What was changed is not saved yet.'}
        </span>
      </div>
    </form>
  );
}
