import { useEffect, useRef } from 'react';
import { type Command, commandOf, isTaken } from './keys.ts';
import { useLetters } from './letters.ts';

export interface Listeners {
  /** Before anything else sees the key; true = it was used. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  /** @returns whether the command is one of the listener's; another one may take what it leaves */
  readonly onCommand: (command: Command, event: KeyboardEvent) => boolean;
  readonly onRelease?: (event: KeyboardEvent) => void;
}

/**
 * Listens for the page's keys wherever the focus is, but where the key belongs to what has it.
 *
 * @param isFirst listens before those that do not
 */
export function useKeys(listeners: Listeners, isFirst = false): void {
  const hasLetters = useLetters();
  const latest = useRef(listeners);
  latest.current = listeners;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTaken(event)) return;
      const { onKey, onCommand } = latest.current;
      const command = commandOf(event, hasLetters);
      if (onKey?.(event) || (command !== undefined && onCommand(command, event))) event.preventDefault();
    };
    const release = (event: KeyboardEvent) => latest.current.onRelease?.(event);
    window.addEventListener('keydown', press, { capture: isFirst });
    window.addEventListener('keyup', release);
    return () => {
      window.removeEventListener('keydown', press, { capture: isFirst });
      window.removeEventListener('keyup', release);
    };
  }, [hasLetters, isFirst]);
}
