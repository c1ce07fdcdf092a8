import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import classes from './shell.module.css';

interface Props {
  /** Another place is tried anew. */
  readonly place: string;
  readonly children: ReactNode;
}

interface State {
  readonly thrown: unknown;
  readonly place: string;
}

/** Where a page fails, the way to the others stays. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { thrown: undefined, place: this.props.place };

  static getDerivedStateFromError = (thrown: unknown): Partial<State> => ({ thrown });

  static getDerivedStateFromProps = ({ place }: Props, state: State): State | null =>
    place === state.place ? null : { thrown: undefined, place };

  override render() {
    if (this.state.thrown === undefined) return this.props.children;
    return (
      <main className={classes.broken}>
        <FailureCard failure={failureOf(this.state.thrown)}>
          <Button variant="default" size="xs" onClick={() => window.location.reload()}>
            Load the page again
          </Button>
        </FailureCard>
      </main>
    );
  }
}
