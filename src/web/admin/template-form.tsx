import { Button, FileButton, Select, Textarea } from '@mantine/core';
import { useState } from 'react';
import { languageName, REPORT_LANGUAGES } from '../report-languages.ts';
import { ADDRESS, CLOSING, linesOf, logoOf, type Template, withClosing } from './template.ts';
import classes from './template-form.module.css';

interface Props {
  readonly template: Template;
  readonly onTemplate: (template: Template) => void;
}

/** What a clinic changes of its reports. */
export function TemplateForm({ template, onTemplate }: Props) {
  const { address = [], closing = {}, language = 'en' } = template;
  const [lines, setLines] = useState(() => address.join('\n'));
  return (
    <fieldset className={classes.template}>
      <legend>Report</legend>
      <Select
        label="Language"
        description="Of reports for which nobody chooses another one."
        allowDeselect={false}
        data={REPORT_LANGUAGES.map(([value, label]) => ({ value, label }))}
        value={language}
        onChange={(chosen) => chosen && onTemplate({ ...template, language: chosen })}
      />
      <Textarea
        label="Address"
        description={`Up to ${ADDRESS.lines} lines below the clinic’s name.`}
        autosize
        minRows={2}
        maxRows={ADDRESS.lines}
        maxLength={ADDRESS.lines * (ADDRESS.line + 1)}
        value={lines}
        onChange={({ currentTarget }) => {
          setLines(currentTarget.value);
          onTemplate({ ...template, address: linesOf(currentTarget.value) });
        }}
      />
      <Logo logo={template.logo ?? null} onLogo={(logo) => onTemplate({ ...template, logo })} />
      <Colour colour={template.colour ?? null} onColour={(colour) => onTemplate({ ...template, colour })} />
      <Closings
        closing={closing}
        language={language}
        onClosing={(changed) => onTemplate({ ...template, closing: changed })}
      />
    </fieldset>
  );
}

function Logo({
  logo,
  onLogo,
}: {
  readonly logo: string | null;
  readonly onLogo: (logo: string | null) => void;
}) {
  const [error, setError] = useState<string>();
  const take = (file: File | null) => {
    if (!file) return;
    logoOf(file).then(
      (taken) => {
        setError(undefined);
        onLogo(taken);
      },
      (thrown: Error) => setError(thrown.message),
    );
  };
  return (
    <fieldset className={classes.row}>
      <legend>Logo</legend>
      <p>PNG or JPEG, up to 512 kB; printed 40 mm wide.</p>
      <div className={classes.logo}>
        {logo && <img src={logo} alt="The logo as it is" />}
        <FileButton accept="image/png,image/jpeg" onChange={take} inputProps={{ 'aria-label': 'Logo' }}>
          {(props) => (
            <Button variant="default" size="xs" {...props}>
              {logo ? 'Choose another…' : 'Choose…'}
            </Button>
          )}
        </FileButton>
        {logo && (
          <Button variant="subtle" size="xs" color="gray" onClick={() => onLogo(null)}>
            Remove the logo
          </Button>
        )}
      </div>
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** Of the title on paper, which is white in any scheme. */
function Colour({
  colour,
  onColour,
}: {
  readonly colour: string | null;
  readonly onColour: (colour: string | null) => void;
}) {
  return (
    <fieldset className={classes.row}>
      <legend>Colour of the title</legend>
      <div className={classes.colour}>
        <input
          type="color"
          aria-label="Colour of the title"
          value={colour ?? '#1a1a1a'}
          onChange={({ currentTarget }) => onColour(currentTarget.value)}
        />
        <code>{colour ?? 'black'}</code>
        {colour && (
          <Button variant="subtle" size="xs" color="gray" onClick={() => onColour(null)}>
            Black again
          </Button>
        )}
      </div>
    </fieldset>
  );
}

interface ClosingsProps {
  readonly closing: Readonly<Record<string, string>>;
  /** Of the clinic: stands first, and is there to be written. */
  readonly language: string;
  readonly onClosing: (closing: Record<string, string>) => void;
}

function Closings({ closing, language, onClosing }: ClosingsProps) {
  const [added, setAdded] = useState<readonly string[]>(() => Object.keys(closing));
  const shown = [language, ...added.filter((code) => code !== language)];
  const others = REPORT_LANGUAGES.filter(([code]) => !shown.includes(code));
  return (
    <fieldset className={classes.row}>
      <legend>Closing</legend>
      <p>Stands above the foot of a report in that language.</p>
      <div className={classes.closings}>
        {shown.map((code) => (
          <Textarea
            key={code}
            label={languageName(code)}
            labelProps={{ lang: code }}
            lang={code}
            dir="auto"
            autosize
            minRows={2}
            maxLength={CLOSING}
            value={closing[code] ?? ''}
            onChange={({ currentTarget }) => onClosing(withClosing(closing, code, currentTarget.value))}
          />
        ))}
        {others.length > 0 && (
          <Select
            aria-label="Closing in another language"
            placeholder="In another language…"
            data={others.map(([value, label]) => ({ value, label }))}
            value={null}
            onChange={(code) => code && setAdded([...added, code])}
          />
        )}
      </div>
    </fieldset>
  );
}
