import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { failureOf } from './api.ts';
import classes from './filmstrip.module.css';
import { meant, percent } from './format.ts';
import { AlertIcon } from './icons.tsx';
import type { Picture } from './pictures.ts';
import type { ReadingState } from './queries.ts';
import { useShownUrl } from './shown-url.ts';

interface Props {
  readonly pictures: readonly Picture[];
  readonly states: readonly ReadingState[];
  readonly at: number;
  readonly onSelect: (at: number) => void;
  readonly onClear: () => void;
}

/** All pictures, each with its answer in short; arrows, j and k walk through them. */
export function Filmstrip({ pictures, states, at, onSelect, onClear }: Props) {
  const read = states.filter(({ data }) => data).length;
  const failed = states.filter(({ error }) => error).length;
  return (
    <div className={classes.strip}>
      <div className={classes.count} title="j and k walk through the pictures">
        <span>
          {at + 1} of {pictures.length}
        </span>
        <span>
          {read + failed < pictures.length ? `${read + failed} read…` : failed > 0 && `${failed} not read`}
        </span>
        <Button variant="subtle" color="gray.4" size="compact-xs" onClick={onClear}>
          Clear
        </Button>
      </div>
      <div className={classes.list} role="listbox" aria-label="Pictures" aria-orientation="horizontal">
        {pictures.map((picture, i) => (
          <Thumbnail
            key={picture.id}
            picture={picture}
            state={states[i]}
            isCurrent={i === at}
            onSelect={() => onSelect(i)}
          />
        ))}
      </div>
    </div>
  );
}

interface ThumbnailProps {
  readonly picture: Picture;
  readonly state: ReadingState | undefined;
  readonly isCurrent: boolean;
  readonly onSelect: () => void;
}

function Thumbnail({ picture, state, isCurrent, onSelect }: ThumbnailProps) {
  const item = useRef<HTMLDivElement>(null);
  const { url, failure, markUnshowable } = useShownUrl(picture);
  useEffect(() => {
    if (!isCurrent) return;
    item.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    // Whoever walks through the list by keys keeps the focus on the picture that is shown.
    if (document.activeElement?.getAttribute('role') === 'option') item.current?.focus();
  }, [isCurrent]);
  return (
    <div
      ref={item}
      role="option"
      aria-selected={isCurrent}
      tabIndex={isCurrent ? 0 : -1}
      className={classes.item}
      title={picture.file.name}
      onClick={onSelect}
      onKeyDown={({ key }) => key === 'Enter' && onSelect()}
    >
      <span className={classes.thumbnail}>
        {url && !failure && (
          <img src={url} alt="" loading="lazy" decoding="async" draggable={false} onError={markUnshowable} />
        )}
        {state?.error && <AlertIcon />}
      </span>
      <span className={classes.text}>
        <span className={classes.name}>{picture.file.name}</span>
        <Summary state={state} />
      </span>
    </div>
  );
}

function Summary({ state }: { readonly state: ReadingState | undefined }) {
  if (state?.data) {
    const { predicted, outputs } = state.data;
    const top = outputs.find(({ label }) => label === predicted[0]);
    return <span className={classes.answer}>{top ? `${top.name} ${percent(meant(top))}` : 'None'}</span>;
  }
  if (state?.error)
    return <span className={classes.failure}>{SHORT[failureOf(state.error).code] ?? 'Not read'}</span>;
  return <span className={classes.waiting}>Reading…</span>;
}

/** An error in the width of a thumbnail. */
const SHORT: Record<string, string> = {
  FILE_EMPTY: 'Empty file',
  FILE_IS_LFS_POINTER: 'Git-LFS pointer',
  FILE_TOO_LARGE: 'Too large',
  IMAGE_UNRECOGNISED: 'Not an image',
  IMAGE_DAMAGED: 'Damaged',
  IMAGE_TOO_LARGE: 'Too many pixels',
  OFFLINE: 'No server',
};
