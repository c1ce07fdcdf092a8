import type { ComponentType } from 'react';
import { adminAddress } from '../route.ts';
import { Nothing, Page } from '../shell/page.tsx';
import { useMay } from '../shell/session.ts';
import classes from './admin.module.css';
import { AuditTab } from './audit-tab.tsx';
import { BackupsTab } from './backups-tab.tsx';
import { JobsTab } from './jobs-tab.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { StorageTab } from './storage-tab.tsx';
import { UsersTab } from './users-tab.tsx';
import { WebhooksTab } from './webhooks-tab.tsx';

interface Tab {
  readonly name: string;
  readonly word: string;
  readonly content: ComponentType;
  /** Fills the window with a table of its own. */
  readonly isFilled?: boolean;
  /** Asks for an admin; the rest a senior may see too. */
  readonly isAdmins: boolean;
}

const TABS: readonly Tab[] = [
  { name: 'settings', word: 'Settings', content: SettingsTab, isAdmins: false },
  { name: 'users', word: 'People', content: UsersTab, isAdmins: true },
  { name: 'jobs', word: 'Jobs', content: JobsTab, isAdmins: false },
  { name: 'webhooks', word: 'Webhooks', content: WebhooksTab, isAdmins: true },
  { name: 'storage', word: 'Storage', content: StorageTab, isAdmins: true },
  { name: 'backups', word: 'Backups', content: BackupsTab, isAdmins: true },
  { name: 'audit', word: 'Audit', content: AuditTab, isAdmins: true, isFilled: true },
];

/** What keeps the room running: settings, people, jobs, webhooks, storage, backups, and what everybody did. */
export function AdminPage({ tab }: { readonly tab: string }) {
  const isAdmin = useMay('admin');
  const maySet = useMay('senior');
  const tabs = TABS.filter(({ isAdmins }) => isAdmin || (maySet && !isAdmins));
  const shown = tabs.find(({ name }) => name === tab) ?? tabs[0];
  return (
    <Page
      title="Admin"
      aside={
        <nav className={classes.tabs} aria-label="Parts of the administration">
          {tabs.map(({ name, word }) => (
            <a key={name} href={adminAddress(name)} aria-current={name === shown?.name ? 'page' : undefined}>
              {word}
            </a>
          ))}
        </nav>
      }
      isFilled={shown?.isFilled ?? false}
    >
      {shown ? <shown.content /> : <Nothing title="Only a senior or an admin sees this" />}
    </Page>
  );
}
