import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../../server/people/contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { Failed, Waiting } from '../shell/page.tsx';
import { changeWebhook, getWebhooks, removeWebhook, testWebhook } from '../shell/room-api.ts';
import { ShownOnce } from '../shell/shown-once.tsx';
import { SureButton } from '../shell/sure-button.tsx';
import classes from './admin.module.css';
import { Deliveries } from './deliveries.tsx';
import { EVENT_WORDS, WebhookForm } from './webhook-form.tsx';
import own from './webhooks.module.css';

/** Addresses that are told of what happens, and whether they listened. */
export function WebhooksTab() {
  const { data: webhooks, error, refetch } = useQuery({ queryKey: ['webhooks'], queryFn: getWebhooks });
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!webhooks) return <Waiting />;
  return (
    <>
      <p className={classes.note}>
        An address that is told what happened gets ids alone, no patient’s data; what they stand for it asks
        the API with a token. Each message is signed with the webhook’s secret.
      </p>
      {secret && (
        <ShownOnce title="The secret of the new webhook" text={secret}>
          The other side checks messages by it.
        </ShownOnce>
      )}
      {webhooks.length > 0 && (
        <ul className={own.webhooks}>
          {webhooks.map((webhook) => (
            <li key={webhook.id}>
              <One webhook={webhook} />
            </li>
          ))}
        </ul>
      )}
      <div className={classes.actions}>
        <Button onClick={() => setAdding(true)}>Add a webhook…</Button>
      </div>
      {isAdding && <WebhookForm onMade={setSecret} onClose={() => setAdding(false)} />}
    </>
  );
}

function One({ webhook }: { readonly webhook: Webhook }) {
  const { id, url, events, disabled } = webhook;
  const [isOpen, setOpen] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['webhooks'] });
  const pause = useMutation({
    mutationFn: () => changeWebhook(id, { disabled: !disabled }),
    onSettled: refresh,
  });
  const remove = useMutation({ mutationFn: () => removeWebhook(id), onSettled: refresh });
  const tryIt = useMutation({
    mutationFn: () => testWebhook(id),
    onSuccess: () => {
      setOpen(true);
      return queries.invalidateQueries({ queryKey: ['deliveries', id] });
    },
  });
  const error = pause.error ?? remove.error ?? tryIt.error;
  return (
    <article className={own.webhook} aria-label={url}>
      <header data-off={disabled || undefined}>
        <h2>{url}</h2>
        <p>
          {disabled && <strong>Paused. </strong>}
          {events.map((event) => EVENT_WORDS[event]).join(' · ')}
        </p>
      </header>
      {error && <FailureCard failure={failureOf(error)} />}
      <div className={own.buttons}>
        <Button
          variant="default"
          size="compact-sm"
          disabled={disabled}
          loading={tryIt.isPending}
          aria-label={`Try ${url}`}
          onClick={() => tryIt.mutate()}
        >
          Try
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          color="gray"
          aria-expanded={isOpen}
          aria-label={`Deliveries to ${url}`}
          onClick={() => setOpen(!isOpen)}
        >
          Deliveries
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          color="gray"
          aria-label={`Change ${url}`}
          onClick={() => setEditing(true)}
        >
          Change…
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          color="gray"
          loading={pause.isPending}
          aria-label={`${disabled ? 'Resume' : 'Pause'} ${url}`}
          onClick={() => pause.mutate()}
        >
          {disabled ? 'Resume' : 'Pause'}
        </Button>
        <SureButton
          word="Remove"
          question="Really remove?"
          label={url}
          isPending={remove.isPending}
          onSure={() => remove.mutate()}
        />
      </div>
      {isOpen && <Deliveries webhook={id} />}
      {isEditing && <WebhookForm webhook={webhook} onClose={() => setEditing(false)} />}
    </article>
  );
}
