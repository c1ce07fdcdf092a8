import {
  Fieldset,
  Input,
  NativeSelect,
  SegmentedControl,
  SimpleGrid,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { Manifest } from '../server/contract.ts';
import { type Draft, type Problems, SCALINGS, scalingOf, withScaling } from './contract-draft.ts';

interface Props {
  readonly draft: Draft;
  readonly problems: Problems;
  readonly manifest: Manifest;
  readonly isReadOnly: boolean;
  readonly onChange: (draft: Draft) => void;
}

type Choices<K extends keyof Draft> = Record<Draft[K], string>;

const TASKS: Choices<'task'> = { multi_class: 'One of the classes', multi_label: 'Each class on its own' };
const OUTPUTS: Choices<'output'> = { probabilities: 'Probabilities', logits: 'Raw scores (logits)' };
const MODALITIES: Choices<'modality'> = {
  fundus: 'Fundus photograph',
  oct: 'OCT',
  angiogram: 'Angiogram',
  unknown: 'Not known',
};
const CROPS: Choices<'crop'> = {
  none: 'Keep everything, squash to size',
  cover: 'Cut the centre to the shape of the input',
  contain: 'Keep everything, pad with black',
  field_of_view: 'Keep the lit field, pad with black',
};
const KERNELS: Choices<'resample'> = {
  pil_nearest: 'PIL nearest',
  pil_box: 'PIL box',
  pil_bilinear: 'PIL bilinear',
  pil_bicubic: 'PIL bicubic',
  pil_lanczos: 'PIL Lanczos',
  opencv_bilinear: 'OpenCV bilinear (INTER_LINEAR)',
  tensorflow_bilinear: 'TensorFlow bilinear',
};

const optionsOf = (choices: Record<string, string>) =>
  Object.entries(choices).map(([value, label]) => ({ value, label }));

/** Labels and contract of a model, to be filled in. */
export function ContractForm({ draft, problems, manifest, isReadOnly, onChange }: Props) {
  const set = <K extends keyof Draft>(key: K, value: Draft[K]) => onChange({ ...draft, [key]: value });
  const select = <K extends 'task' | 'output' | 'modality' | 'crop' | 'resample'>(
    key: K,
    label: string,
    choices: Choices<K>,
  ) => (
    <NativeSelect
      label={label}
      data={optionsOf(choices)}
      value={draft[key]}
      onChange={({ currentTarget }) => set(key, currentTarget.value as Draft[K])}
    />
  );
  const text = (key: 'title' | 'factor' | 'mean' | 'std', label: string) => (
    <TextInput
      label={label}
      value={draft[key]}
      error={problems[key]}
      onChange={({ currentTarget }) => set(key, currentTarget.value)}
    />
  );
  const { size, data_format } = manifest.preprocessing;
  const scaling = scalingOf(draft);
  const isGrey = draft.order === 'GRAY';
  return (
    <Fieldset variant="unstyled" disabled={isReadOnly} style={{ display: 'grid', gap: 16 }}>
      {text('title', 'Name')}
      <Textarea
        label="Labels"
        description={`One a line, in the order of the model’s ${manifest.labels.length} outputs`}
        autosize
        minRows={2}
        maxRows={12}
        value={draft.labels}
        error={problems.labels}
        onChange={({ currentTarget }) => set('labels', currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={16}>
        {select('task', 'The picture shows', TASKS)}
        {select('output', 'The model gives', OUTPUTS)}
        {select('modality', 'Modality', MODALITIES)}
        <TextInput
          label="Input"
          readOnly
          value={`${size.width} × ${size.height} px, ${data_format === 'channels_last' ? 'channels last' : 'channels first'}`}
        />
      </SimpleGrid>
      {select('crop', 'Crop', CROPS)}
      {select('resample', 'Resize with', KERNELS)}
      <NativeSelect
        label="Scaling"
        data={[
          ...Object.entries(SCALINGS).map(([value, { title }]) => ({ value, label: title })),
          { value: 'custom', label: 'Other numbers', disabled: scaling !== 'custom' },
        ]}
        value={scaling}
        onChange={({ currentTarget }) => onChange(withScaling(draft, currentTarget.value))}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing={16}>
        {text('factor', 'Times')}
        {text('mean', 'Less')}
        {text('std', 'Divided by')}
      </SimpleGrid>
      <Input.Wrapper label="Channels" labelElement="div">
        <SegmentedControl
          fullWidth
          aria-label="Channels"
          data={isGrey ? [{ value: 'GRAY', label: 'Grey' }] : ['RGB', 'BGR']}
          value={draft.order}
          onChange={(order) => set('order', order as Draft['order'])}
          disabled={isReadOnly}
        />
      </Input.Wrapper>
    </Fieldset>
  );
}
