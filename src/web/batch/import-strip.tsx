import { Button, CloseButton, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import { FailureCard } from '../failure-card.tsx';
import { count } from '../format.ts';
import { batchAddress } from '../route.ts';
import classes from './import-strip.module.css';
import type { Upload } from './upload.ts';
import { dismissUpload, useUploads } from './uploads.ts';

/** Milliseconds that a success stays in sight; the batch itself stands on its page. */
const SEEN = 8000;

/** What is being sent, at the foot of every page until it is done and seen. */
export function ImportStrip() {
  const uploads = useUploads();
  if (uploads.length === 0) return null;
  return (
    <section className={classes.strip} aria-label="Imports">
      {uploads.map((upload, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: uploads have no name of their own, and keep their order
        <Sending key={i} upload={upload} />
      ))}
    </section>
  );
}

function Sending({ upload }: { readonly upload: Upload }) {
  const { state, isGoing } = upload;
  const [isOpen, setOpen] = useState(false);
  const { batchId, total, sent, part, refused, duplicates, failure } = state;
  const isWell = state.phase === 'done' && refused.length === 0 && duplicates === 0;
  useEffect(() => {
    if (!isWell) return;
    const timer = setTimeout(() => dismissUpload(upload), SEEN);
    return () => clearTimeout(timer);
  }, [isWell, upload]);
  return (
    <div className={classes.upload}>
      <div className={classes.line}>
        <p role="status">
          <strong>{state.name || 'Import'}</strong> {words(upload)}
          {duplicates > 0 && `, ${count(duplicates)} known already`}
        </p>
        {refused.length > 0 && (
          <Button variant="subtle" size="compact-sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {count(refused.length)} refused
          </Button>
        )}
        {batchId && (
          <Button variant="subtle" size="compact-sm" component="a" href={batchAddress(batchId)}>
            Show the batch
          </Button>
        )}
        {state.phase === 'failed' && (
          <Button variant="default" size="compact-sm" onClick={() => void upload.start()}>
            Send the rest again
          </Button>
        )}
        {isGoing ? (
          <Button variant="subtle" size="compact-sm" color="gray" onClick={() => void upload.stop()}>
            Stop
          </Button>
        ) : (
          <CloseButton aria-label="Dismiss" onClick={() => dismissUpload(upload)} />
        )}
      </div>
      <Progress
        value={total > 0 ? (100 * (sent + part)) / total : 0}
        size={4}
        aria-label={`Sent of ${state.name || 'the import'}`}
        color={state.phase === 'failed' ? 'red' : 'macula'}
      />
      {state.phase === 'failed' && failure && <FailureCard failure={failure} />}
      {isOpen && (
        <ul className={classes.refused}>
          {refused.slice(0, 200).map(({ name, error }) => (
            <li key={name}>
              <strong>{name}</strong> {error?.message} {error?.hint}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function words({ state }: Upload): string {
  const { phase, sent, total, failed } = state;
  const many = (n: number) => (n === 1 ? '1 file' : `${count(n)} files`);
  switch (phase) {
    case 'sending':
      return `sending ${count(sent)} of ${many(total)}`;
    case 'retrying':
      return `${count(sent)} of ${many(total)} sent; the server does not answer, trying again`;
    case 'done':
      return `${many(total)} handed over`;
    case 'stopped':
      return `stopped after ${count(sent)} of ${many(total)}`;
    case 'failed':
      return failed > 0 ? `${many(failed)} could not be sent` : 'could not be sent';
  }
}
