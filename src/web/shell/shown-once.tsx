import { Button, CopyButton } from '@mantine/core';
import { CheckIcon, CopyIcon } from '../icons.tsx';
import classes from './shown-once.module.css';

interface Props {
  readonly title: string;
  readonly text: string;
  /** What it is for. */
  readonly children: string;
}

/** A secret, in the one moment in which it can be seen. */
export function ShownOnce({ title, text, children }: Props) {
  return (
    <section className={classes.card} aria-label={title} role="status">
      <p>
        <strong>{title}.</strong> Copy it now: it is shown this once. {children}
      </p>
      <div>
        <code>{text}</code>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="xs"
              leftSection={
                copied ? <CheckIcon width={15} height={15} /> : <CopyIcon width={15} height={15} />
              }
              onClick={copy}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
    </section>
  );
}
