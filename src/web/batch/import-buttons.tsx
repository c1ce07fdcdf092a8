import { Button } from '@mantine/core';
import { useRef } from 'react';
import { FolderIcon, UploadIcon } from '../icons.tsx';
import { useMay } from '../shell/session.ts';
import { chosenFiles } from './handed-files.ts';
import type { Importing } from './use-import.tsx';

/** Opens the system's dialogue for files, or for a whole folder. */
export function ImportButtons({ importing }: { readonly importing: Importing }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const mayImport = useMay('technician');
  if (!mayImport) return null;
  const take = (input: HTMLInputElement) => {
    const chosen = chosenFiles([...(input.files ?? [])]);
    // The same files chosen again must count as a change.
    input.value = '';
    if (chosen.length > 0) importing.take(Promise.resolve(chosen));
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<FolderIcon width={16} height={16} />}
        onClick={() => folder.current?.click()}
      >
        Import folder…
      </Button>
      <Button leftSection={<UploadIcon width={16} height={16} />} onClick={() => files.current?.click()}>
        Import files…
      </Button>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files to import"
        onChange={({ currentTarget }) => take(currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        aria-label="Folder to import"
        {...{ webkitdirectory: '' }}
        onChange={({ currentTarget }) => take(currentTarget)}
      />
    </>
  );
}
