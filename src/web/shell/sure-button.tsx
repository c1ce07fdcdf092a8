import { Button } from '@mantine/core';
import { useState } from 'react';

interface Props {
  readonly word: string;
  /** What is asked before it is done; stands in the button's place. */
  readonly question: string;
  readonly label: string;
  readonly isPending?: boolean;
  readonly onSure: () => void;
}

/** For what cannot be taken back: the first press asks, the second does it. */
export function SureButton({ word, question, label, isPending = false, onSure }: Props) {
  const [isAsked, setAsked] = useState(false);
  return (
    <Button
      variant={isAsked ? 'light' : 'subtle'}
      size="compact-sm"
      color={isAsked ? 'red' : 'gray'}
      aria-label={isAsked ? `${question} ${label}` : `${word} ${label}`}
      loading={isPending}
      onBlur={() => setAsked(false)}
      onClick={() => {
        setAsked(!isAsked);
        if (isAsked) onSure();
      }}
    >
      {isAsked ? question : word}
    </Button>
  );
}
