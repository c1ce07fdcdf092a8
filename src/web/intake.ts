import { useCallback, useEffect, useState } from 'react';

/** Files sorted by what the page does with them. */
export interface Intake {
  readonly pictures: readonly File[];
  readonly models: readonly File[];
  readonly labels: File | undefined;
}

const MODEL = /\.(h5|hdf5|keras|onnx)$/i;
const LABELS = /^(.*labels?.*\.(txt|json)|classes\.txt|class_indices\.json)$/i;

/** Models and labels are told by name, since nothing else may be a model; all the rest the server judges by content. */
export function sortFiles(files: readonly File[]): Intake {
  const models = files.filter(({ name }) => MODEL.test(name));
  const labels = models.length > 0 ? files.find(({ name }) => LABELS.test(name)) : undefined;
  return { models, labels, pictures: files.filter((file) => !models.includes(file) && file !== labels) };
}

/**
 * Takes files that are dropped or pasted anywhere on the page.
 *
 * @returns whether files are being dragged over it
 */
export const useIntake = (take: (files: readonly File[]) => void): boolean =>
  useTransfer(useCallback((data) => take([...data.files]), [take]));

/**
 * Takes what carries files and is dropped or pasted anywhere on the page. It can be asked for its files and folders
 * only until `take` returns or first waits.
 *
 * @returns whether files are being dragged over the page
 */
export function useTransfer(take: (data: DataTransfer) => void): boolean {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    // Entering a child counts as leaving its parent: only the difference tells whether the page was left.
    let depth = 0;
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const listeners = {
      dragenter: (event: DragEvent) => {
        if (!carriesFiles(event)) return;
        depth++;
        setDragging(true);
      },
      dragleave: () => {
        depth = Math.max(0, depth - 1);
        if (depth === 0) setDragging(false);
      },
      dragover: (event: DragEvent) => {
        if (carriesFiles(event)) event.preventDefault();
      },
      drop: (event: DragEvent) => {
        depth = 0;
        setDragging(false);
        if (!carriesFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer) take(event.dataTransfer);
      },
      paste: (event: ClipboardEvent) => {
        if (!event.clipboardData?.files.length) return;
        event.preventDefault();
        take(event.clipboardData);
      },
    };
    const entries = Object.entries(listeners) as [string, EventListener][];
    for (const [type, listener] of entries) window.addEventListener(type, listener);
    return () => {
      for (const [type, listener] of entries) window.removeEventListener(type, listener);
    };
  }, [take]);
  return isDragging;
}
