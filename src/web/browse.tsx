import { Button, type ButtonProps } from '@mantine/core';
import { useRef } from 'react';

interface Props extends ButtonProps {
  readonly onFiles: (files: readonly File[]) => void;
}

/** Formats that the server decodes, and files that open as a model. */
const ACCEPT = 'image/*,.tif,.tiff,.h5,.hdf5,.keras,.onnx,.txt,.json';

/** The Browse button: opens the system's own dialogue for one file or many. */
export function Browse({ onFiles, ...props }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button {...props} onClick={() => input.current?.click()}>
        Browse…
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        aria-label="Choose pictures or a model"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // The same file chosen again must count as a change.
          currentTarget.value = '';
        }}
      />
    </>
  );
}
