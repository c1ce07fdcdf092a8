import { CloseButton, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { LensIcon } from '../icons.tsx';
import { useLetters } from '../reading/letters.ts';
import { isTyping } from '../typing.ts';
import classes from './search-box.module.css';

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** Milliseconds that somebody who types is waited for. */
const PAUSE = 200;

/** Keeps what is typed and says it once the hand rests; `/` leads here from anywhere on the page. */
export function SearchBox({ label, placeholder, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const said = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  const input = useRef<HTMLInputElement>(null);
  // What is sought was changed elsewhere.
  useEffect(() => {
    if (value === said.current) return;
    said.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === said.current) return;
    const timer = setTimeout(() => {
      said.current = text;
      latest.current(text);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const hasLetters = useLetters();
  useEffect(() => {
    if (!hasLetters) return;
    const listen = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.defaultPrevented || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [hasLetters]);
  return (
    <TextInput
      ref={input}
      className={classes.box}
      aria-label={label}
      aria-keyshortcuts="/"
      placeholder={placeholder}
      maxLength={200}
      leftSection={<LensIcon width={16} height={16} />}
      rightSection={
        text ? (
          <CloseButton size="sm" aria-label="Clear" onClick={() => setText('')} />
        ) : (
          hasLetters && <kbd className={classes.key}>/</kbd>
        )
      }
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}
