import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import { useTransfer } from '../intake.ts';
import { droppedFiles, type HandedFile, withoutStrangers } from './handed-files.ts';
import classes from './use-import.module.css';

const ImportDialogue = lazy(async () => ({
  default: (await import('./import-dialogue.tsx')).ImportDialogue,
}));

export interface Importing {
  /** Asks what these files are, then sends them. */
  readonly take: (files: Promise<readonly HandedFile[]>) => void;
  /** To be drawn somewhere on the page. */
  readonly elements: ReactNode;
}

/** Files and folders dropped anywhere on the page, or chosen by its buttons, are imported from a dialogue. */
export function useImport(): Importing {
  const [handed, setHanded] = useState<{ files: readonly HandedFile[]; leftOut: number }>();
  const [found, setFound] = useState<number>();
  const take = useCallback(async (files: Promise<readonly HandedFile[]>) => {
    const all = await files;
    setFound(undefined);
    const known = await withoutStrangers(all);
    if (all.length > 0) setHanded({ files: known, leftOut: all.length - known.length });
  }, []);
  const isDragging = useTransfer(
    useCallback(
      (data) => {
        setFound(0);
        void take(droppedFiles(data, setFound));
      },
      [take],
    ),
  );
  const elements = (
    <>
      {handed && (
        <Suspense>
          <ImportDialogue {...handed} onClose={() => setHanded(undefined)} />
        </Suspense>
      )}
      {found !== undefined && (
        <p className={classes.looking} role="status">
          Looking through the folder… {found > 0 && `${found.toLocaleString()} files`}
        </p>
      )}
      {isDragging && (
        <div className={classes.drop}>
          <p>Drop photographs or a whole folder to import it</p>
        </div>
      )}
    </>
  );
  return { take: (files) => void take(files), elements };
}
