import { Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../../server/people/contract.ts';
import { FormDialogue } from '../shell/form-dialogue.tsx';
import { addWebhook, changeWebhook } from '../shell/room-api.ts';
import own from './webhooks.module.css';

type Event = Webhook['events'][number];

export const EVENT_WORDS: Readonly<Record<Event, string>> = {
  'visit.read': 'A visit was read by the models',
  'visit.signed': 'A visit was signed',
  'report.created': 'A report was made',
};
const EVENTS = Object.keys(EVENT_WORDS) as Event[];

interface Props {
  /** Changed rather than added: its address stays, since its secret belongs to that. */
  readonly webhook?: Webhook;
  readonly onMade?: (secret: string) => void;
  readonly onClose: () => void;
}

export function WebhookForm({ webhook, onMade, onClose }: Props) {
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [events, setEvents] = useState<readonly Event[]>(webhook?.events ?? ['visit.signed']);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      if (webhook) await changeWebhook(webhook.id, { events: [...events] });
      else onMade?.((await addWebhook({ url: url.trim(), events: [...events] })).secret);
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['webhooks'] });
      onClose();
    },
  });
  return (
    <FormDialogue
      title={webhook ? 'What it is told of' : 'Add a webhook'}
      save={save}
      word={webhook ? 'Save' : 'Add'}
      isComplete={events.length > 0}
      onClose={onClose}
    >
      <TextInput
        label="Address"
        type="url"
        required={!webhook}
        readOnly={Boolean(webhook)}
        maxLength={2000}
        autoComplete="off"
        placeholder="https://records.clinic.example/fovea"
        value={url}
        onChange={({ currentTarget }) => setUrl(currentTarget.value)}
        data-autofocus={webhook ? undefined : true}
      />
      <Checkbox.Group
        label="Is told when"
        value={[...events]}
        onChange={(chosen) => setEvents(EVENTS.filter((event) => chosen.includes(event)))}
      >
        <div className={own.events}>
          {EVENTS.map((event) => (
            <Checkbox key={event} value={event} label={EVENT_WORDS[event]} />
          ))}
        </div>
      </Checkbox.Group>
    </FormDialogue>
  );
}
