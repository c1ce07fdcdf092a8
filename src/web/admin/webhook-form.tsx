import { Button, Checkbox, Group, Modal, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../../server/people/contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { addWebhook, changeWebhook } from '../shell/room-api.ts';
import classes from './admin.module.css';
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
    <Modal
      opened
      onClose={onClose}
      title={webhook ? 'What it is told of' : 'Add a webhook'}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className={classes.dialogue}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
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
        {save.error && <FailureCard failure={failureOf(save.error)} />}
        <Group justify="flex-end">
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={events.length === 0}>
            {webhook ? 'Save' : 'Add'}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
