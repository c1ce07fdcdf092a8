import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Audit, AuditEntry, AuditVerdict } from '../../server/clinic-contract.ts';
import { failureOf } from '../api.ts';
import { FailureCard } from '../failure-card.tsx';
import { count } from '../format.ts';
import { AlertIcon, CheckIcon } from '../icons.tsx';
import { momentText } from '../shell/dates.ts';
import { useNarrow } from '../shell/narrow.ts';
import { Failed, Nothing, Waiting } from '../shell/page.tsx';
import { getAudit, verifyAudit } from '../shell/room-api.ts';
import { SearchBox } from '../shell/search-box.tsx';
import { VirtualTable } from '../shell/virtual-table.tsx';
import { useWindowed } from '../shell/windowed.ts';
import classes from './admin.module.css';

const HEAD = ['No.', 'When', 'Who', 'What', 'Of what', 'Details'];

/** Everything that anybody did, the latest first; each entry holds the hash of the one before. */
export function AuditTab() {
  const [search, setSearch] = useState('');
  const isNarrow = useNarrow();
  const verify = useMutation({ mutationFn: verifyAudit });
  const rows = useWindowed<Audit, AuditEntry>({
    key: ['audit', search],
    fetch: (window, signal) => getAudit(search, window, signal),
    rowsOf: ({ entries }) => entries,
    totalOf: ({ total }) => total,
  });
  return (
    <>
      <div className={classes.bar}>
        <SearchBox
          label="Find in the audit"
          placeholder="Who, what, of what"
          value={search}
          onChange={setSearch}
        />
        <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
          Verify the chain
        </Button>
        <div className={classes.chain} role="status">
          {verify.data && <Chain verdict={verify.data} />}
        </div>
      </div>
      {verify.error && <FailureCard failure={failureOf(verify.error)} />}
      {rows.error ? (
        <Failed error={rows.error} onRetry={rows.refetch} />
      ) : rows.total === undefined ? (
        <Waiting />
      ) : rows.total === 0 ? (
        <Nothing title={search ? 'Nothing of the kind was done' : 'Nothing was done yet'} />
      ) : (
        <VirtualTable
          label="Audit"
          rows={rows}
          listId={search}
          rowHeight={isNarrow ? 72 : 45}
          rowClass={classes.entry!}
          head={HEAD}
          keyOf={({ seq }) => String(seq)}
          cells={({ seq, at, actor, action, subject, detail }) => (
            <>
              <td className={classes.seq}>{seq}</td>
              <td className={classes.when}>{momentText(at)}</td>
              <td className={classes.actor}>{actor}</td>
              <td>{action}</td>
              <td className={classes.subject} title={subject}>
                {subject}
              </td>
              <td className={classes.detail} title={detailText(detail)}>
                {detailText(detail)}
              </td>
            </>
          )}
        />
      )}
    </>
  );
}

const detailText = (detail: unknown): string =>
  detail === null || detail === undefined ? '' : JSON.stringify(detail).replace(/^\{(.*)\}$/, '$1');

function Chain({ verdict: { entries, intact, brokenAt, head } }: { readonly verdict: AuditVerdict }) {
  return intact ? (
    <span className={classes.intact}>
      <CheckIcon width={16} height={16} /> {entries === 1 ? '1 entry' : `${count(entries)} entries`},
      unbroken.{' '}
      {head && (
        <span title={head}>
          Ends with <code>{head.slice(0, 16)}</code>
        </span>
      )}
    </span>
  ) : (
    <span className={classes.broken}>
      <AlertIcon width={16} height={16} /> Broken at entry {brokenAt}: it was changed, or something before it
      was.
    </span>
  );
}
