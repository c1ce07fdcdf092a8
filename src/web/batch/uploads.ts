import { useSyncExternalStore } from 'react';
import type { NewBatch } from '../shell/room-api.ts';
import type { HandedFile } from './handed-files.ts';
import { Upload } from './upload.ts';

/** What is being sent, kept beside the pages: to leave a page stops nothing. */
let uploads: readonly Upload[] = [];
const listeners = new Set<() => void>();

function changed(): void {
  uploads = [...uploads];
  for (const listener of listeners) listener();
  window.removeEventListener('beforeunload', warn);
  if (uploads.some(({ isGoing }) => isGoing)) window.addEventListener('beforeunload', warn);
}

/** The browser asks before what is still to be sent is lost. */
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

export function startUpload(files: readonly HandedFile[], batch: NewBatch): Upload {
  const upload = new Upload(files, batch, changed);
  uploads = [...uploads, upload];
  void upload.start();
  return upload;
}

export function dismissUpload(upload: Upload): void {
  uploads = uploads.filter((one) => one !== upload);
  changed();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useUploads = (): readonly Upload[] => useSyncExternalStore(subscribe, () => uploads);
