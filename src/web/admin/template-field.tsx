import { Textarea } from '@mantine/core';
import { useState } from 'react';
import classes from './admin.module.css';

interface Props {
  readonly template: unknown;
  readonly onTemplate: (template: unknown) => void;
  readonly onValid: (isValid: boolean) => void;
}

/** The report’s template as JSON (docs/report.md). */
export function TemplateField({ template, onTemplate, onValid }: Props) {
  const [text, setText] = useState(() => JSON.stringify(template ?? {}, null, 2));
  const [error, setError] = useState<string>();
  return (
    <Textarea
      label="Template of the report"
      description="JSON: address, logo, colour, closing (docs/report.md)."
      autosize
      minRows={4}
      maxRows={18}
      spellCheck={false}
      classNames={{ input: classes.code! }}
      value={text}
      error={error}
      onChange={({ currentTarget }) => {
        const typed = currentTarget.value;
        setText(typed);
        try {
          onTemplate(JSON.parse(typed || '{}'));
          setError(undefined);
          onValid(true);
        } catch (thrown) {
          setError(`This is no JSON: ${(thrown as Error).message}`);
          onValid(false);
        }
      }}
    />
  );
}
