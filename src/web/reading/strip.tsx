import { memo, useEffect, useRef } from 'react';
import type { ReadingImage } from './images.ts';
import { day, EYE_NAMES, month } from './names.ts';
import type { Eye } from './pair-view.ts';
import classes from './strip.module.css';

interface Props {
  readonly eye: Eye;
  readonly images: readonly ReadingImage[];
  readonly shown: string | null;
  readonly onShow: (eye: Eye, id: string) => void;
}

/** The images of an eye, small: this visit's, and after a gap those of earlier visits with their day. */
export const Strip = memo(function Strip({ eye, images, shown, onShow }: Props) {
  const current = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another image shown is another button
  useEffect(() => {
    current.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [shown]);
  if (images.length < 2) return null;
  return (
    <ul className={classes.strip} aria-label={`Images of the ${EYE_NAMES[eye].toLowerCase()}`}>
      {images.map(({ id, thumbnailUrl, fileName, date, isPrior, eye: own }, i) => (
        <li key={id} data-prior={isPrior || undefined} data-first={isFirstOfVisit(images, i) || undefined}>
          <button
            ref={id === shown ? current : undefined}
            type="button"
            className={classes.thumbnail}
            aria-pressed={id === shown}
            aria-label={`${isPrior ? `Earlier, ${day(date)}` : 'This visit'}: ${fileName}${own ? '' : ', eye not known'}`}
            title={fileName}
            onClick={() => onShow(eye, id)}
          >
            <img src={thumbnailUrl} alt="" loading="lazy" draggable={false} />
            {own === null && <span className={classes.unknown}>eye?</span>}
          </button>
          {isFirstOfVisit(images, i) && isPrior && <span className={classes.day}>{month(date)}</span>}
        </li>
      ))}
    </ul>
  );
});

const isFirstOfVisit = (images: readonly ReadingImage[], i: number) =>
  i === 0 || images[i]!.date !== images[i - 1]!.date || images[i]!.isPrior !== images[i - 1]!.isPrior;
