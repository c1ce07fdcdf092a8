import { Button, Popover } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Report, Visit } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { DownloadIcon } from '../icons.tsx';
import { languageName, REPORT_LANGUAGES } from '../report-languages.ts';
import { momentText } from '../shell/dates.ts';
import { getSettings, makeReport, reportAddress } from '../shell/room-api.ts';
import { useMay } from '../shell/session.ts';
import classes from './read-page.module.css';

const FORMATS: readonly (readonly [code: string, name: string])[] = [
  ['pdf', 'PDF'],
  ['html', 'HTML'],
  ['csv', 'CSV'],
  ['json', 'JSON'],
];

const formatName = (code: string) => FORMATS.find(([known]) => known === code)?.[1] ?? code;

/** The language of somebody's last report is that of their next; before the first it is the clinic's. */
const KEY = 'fovea.report-language';

const rememberedLanguage = () => {
  const code = localStorage.getItem(KEY);
  return REPORT_LANGUAGES.some(([known]) => known === code) ? code : null;
};

function useClinicsLanguage(): string {
  const { data } = useQuery({ queryKey: ['settings'], queryFn: getSettings });
  return (data?.template as { readonly language?: string } | undefined)?.language ?? 'en';
}

/** The visit as a file: those that were made, and another. */
export function ReportMenu({ visit }: { readonly visit: Visit }) {
  const { reports, reviews } = visit;
  const mayMake = useMay('reader');
  if (!mayMake && reports.length === 0) return null;
  return (
    <Popover position="bottom-end" width={320} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<DownloadIcon width={16} height={16} />}>
          Report
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Report">
        <div className={classes.reportMenu}>
          {mayMake && reviews.length === 0 && (
            <p>Nobody has signed this visit: its report is marked as a draft.</p>
          )}
          {mayMake && <ReportMaker visitId={visit.id} hasFormats />}
          {reports.length > 0 && (
            <ul className={classes.reports} aria-label="Reports that were made">
              {reports.map(({ id, language, format, createdAt, reviewId }) => (
                <li key={id}>
                  <a href={reportAddress(id)} download>
                    {formatName(format)}, {languageName(language)}
                  </a>{' '}
                  {momentText(createdAt)}
                  {reviewId === null && ', draft'}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

interface MakerProps {
  readonly visitId: string;
  /** Whether another format than PDF can be chosen. */
  readonly hasFormats?: boolean;
}

/** Makes a report and hands it to the browser to be saved. */
export function ReportMaker({ visitId, hasFormats = false }: MakerProps) {
  const clinics = useClinicsLanguage();
  const [chosen, setLanguage] = useState(rememberedLanguage);
  const language = chosen ?? clinics;
  const [format, setFormat] = useState('pdf');
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => makeReport(visitId, language, format),
    onSuccess: (report) => {
      localStorage.setItem(KEY, language);
      download(report);
      void queries.invalidateQueries({ queryKey: ['visit', visitId] });
    },
  });
  return (
    <form
      className={classes.maker}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <select
        aria-label="Language of the report"
        value={language}
        onChange={({ currentTarget }) => setLanguage(currentTarget.value)}
      >
        {REPORT_LANGUAGES.map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
      {hasFormats && (
        <select
          aria-label="Format of the report"
          value={format}
          onChange={({ currentTarget }) => setFormat(currentTarget.value)}
        >
          {FORMATS.map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      )}
      <Button
        type="submit"
        size="sm"
        loading={make.isPending}
        leftSection={<DownloadIcon width={15} height={15} />}
      >
        {formatName(format)}
      </Button>
      {make.error && <FailureCard failure={failureOf(make.error)} />}
    </form>
  );
}

function download({ id }: Report): void {
  const link = document.createElement('a');
  link.href = reportAddress(id);
  link.download = '';
  link.click();
}
