import { useState } from 'react';
import { pictureAddress } from './room-api.ts';
import classes from './thumbnail.module.css';

interface Props {
  /** Null: there is nothing to show. */
  readonly image: string | null;
  /** CSS pixels across. */
  readonly size: number;
  /** What it shows; empty where the text beside it says so. */
  readonly alt?: string;
  /** It waits until nothing moves. */
  readonly isLate?: boolean;
}

/** An image, small, on black. What cannot be shown stays black. */
export function Thumbnail({ image, size, alt = '', isLate = false }: Props) {
  const [state, setState] = useState<{ readonly image: string | null; readonly is: 'wanted' | 'broken' }>();
  const is = state?.image === image ? state.is : undefined;
  if (!isLate && is === undefined && image !== null) setState({ image, is: 'wanted' });
  return (
    <span className={classes.thumbnail} style={{ width: size, height: size }}>
      {image && is === 'wanted' && (
        <img
          // About twice as many pixels, for fine screens; two widths only, so that the server keeps few copies.
          src={pictureAddress(image, size > 60 ? 240 : 120)}
          alt={alt}
          width={size}
          height={size}
          loading="lazy"
          decoding="async"
          onError={() => setState({ image, is: 'broken' })}
        />
      )}
    </span>
  );
}
