import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { failureOf, OFFLINE } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { BackIcon } from '../icons.tsx';
import classes from './page.module.css';

interface Props {
  readonly title: string;
  /** Beside the title: what is counted, who it is. */
  readonly aside?: ReactNode;
  /** Where one came from. */
  readonly back?: { readonly address: string; readonly name: string };
  readonly actions?: ReactNode;
  /** Fills the window, and scrolls within itself. */
  readonly isFilled?: boolean;
  readonly children: ReactNode;
}

/** What every page of the reading room has: a title, what can be done, and what it must not be used for. */
export function Page({ title, aside, back, actions, isFilled = false, children }: Props) {
  return (
    <main className={classes.page}>
      <header className={classes.header}>
        <div className={classes.title}>
          {back && (
            <a className={classes.back} href={back.address} aria-label={`Back: ${back.name}`}>
              <BackIcon />
            </a>
          )}
          <h1>{title}</h1>
          {aside && <div className={classes.aside}>{aside}</div>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {isFilled ? (
        <div className={classes.filled}>{children}</div>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={classes.scroll} aria-label={title} tabIndex={0}>
          <div className={classes.column}>{children}</div>
        </section>
      )}
      <footer className={classes.footer}>
        <strong>Research use only. Not a medical device.</strong>{' '}
        <span>Not for diagnosis or to delay care.</span>
      </footer>
    </main>
  );
}

export function Waiting({ children = 'Loading…' }: { readonly children?: ReactNode }) {
  return (
    <p className={classes.waiting} role="status">
      <Loader size={18} /> {children}
    </p>
  );
}

/** Why there is nothing to show. A server that is gone is asked again by itself. */
export function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const failure = failureOf(error);
  return (
    <div className={classes.failed}>
      <FailureCard failure={failure}>
        {failure.code !== OFFLINE && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Try again
          </Button>
        )}
      </FailureCard>
    </div>
  );
}

/** A place with nothing in it yet, and what to do about that. */
export function Nothing({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={classes.nothing}>
      <svg viewBox="0 0 200 200" aria-hidden="true">
        <circle cx="100" cy="100" r="97" />
        <circle cx="100" cy="100" r="66" />
        <circle cx="100" cy="100" r="36" />
        <circle cx="100" cy="100" r="9" />
      </svg>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
