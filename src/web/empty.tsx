import { Button } from '@mantine/core';
import { Browse } from './browse.tsx';
import classes from './empty.module.css';
import { SYNTHETIC } from './route.ts';

interface Props {
  readonly onFiles: (files: readonly File[]) => void;
  readonly onSample: () => void;
  readonly isLoadingSample: boolean;
}

/** The black panel before there is a picture: what to do first. */
export function Empty({ onFiles, onSample, isLoadingSample }: Props) {
  return (
    <div className={classes.empty}>
      <svg className={classes.eye} viewBox="0 0 200 200" aria-hidden="true">
        <circle cx="100" cy="100" r="97" />
        <circle cx="100" cy="100" r="66" />
        <circle cx="100" cy="100" r="36" />
        <circle cx="100" cy="100" r="9" className={classes.fovea} />
      </svg>
      <h2>Drop a fundus photograph here</h2>
      <p>or paste it, or choose one file or many. Nothing leaves this machine.</p>
      <div className={classes.actions}>
        <Browse onFiles={onFiles} size="md" color="macula.5" autoContrast />
        <Button size="md" variant="outline" color="gray.4" onClick={onSample} loading={isLoadingSample}>
          Try a sample
        </Button>
      </div>
      <p className={classes.formats}>
        <a href={SYNTHETIC}>Or make a synthetic eye</a>, whose every lesion is known.
      </p>
      <p className={classes.formats}>
        JPEG, PNG, TIFF, WebP. A Keras model (.h5, .keras) dropped here is opened, and answers from then on.
      </p>
    </div>
  );
}
