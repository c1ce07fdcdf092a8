import { Loader } from '@mantine/core';
import { Activity, lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import { ImportStrip } from '../batch/import-strip.tsx';
import type { Route } from '../route.ts';
import { routeOf, useRoute } from '../route.ts';
import { useRoomEvents } from './events.ts';
import { LogIn } from './log-in.tsx';
import { Navigation } from './navigation.tsx';
import { Offline } from './offline.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { SessionContext, useSession } from './session.ts';
import classes from './shell.module.css';

const firstPage = async () => ({ default: (await import('../app.tsx')).App });

/** Each page is a file of its own, fetched when it is wanted. */
const FILES = {
  pictures: firstPage,
  synthetic: firstPage,
  model: firstPage,
  models: async () => ({ default: (await import('../models-page.tsx')).ModelsPage }),
  worklist: async () => ({ default: (await import('../worklist/worklist-page.tsx')).WorklistPage }),
  read: async () => ({ default: (await import('../read/read-page.tsx')).ReadPage }),
  batches: async () => ({ default: (await import('../batch/batches-page.tsx')).BatchesPage }),
  batch: async () => ({ default: (await import('../batch/batch-page.tsx')).BatchPage }),
  patients: async () => ({ default: (await import('../patient/patients-page.tsx')).PatientsPage }),
  patient: async () => ({ default: (await import('../patient/patient-page.tsx')).PatientPage }),
  performance: async () => ({
    default: (await import('../performance/performance-page.tsx')).PerformancePage,
  }),
  admin: async () => ({ default: (await import('../admin/admin-page.tsx')).AdminPage }),
} satisfies Record<Route['page'], unknown>;

// The first one is on its way while the server is still asked who is there.
FILES[routeOf(window.location.hash).page]().catch(() => {}); // The page itself says so when it is drawn.

const FirstPage = lazy(patiently(firstPage));
const ModelsPage = lazy(patiently(FILES.models));
const WorklistPage = lazy(patiently(FILES.worklist));
const ReadPage = lazy(patiently(FILES.read));
const BatchesPage = lazy(patiently(FILES.batches));
const BatchPage = lazy(patiently(FILES.batch));
const PatientsPage = lazy(patiently(FILES.patients));
const PatientPage = lazy(patiently(FILES.patient));
const PerformancePage = lazy(patiently(FILES.performance));
const AdminPage = lazy(patiently(FILES.admin));

/**
 * A page that is opened while the server is away comes when it is back; what fails although it is there is told. Anew as a whole:
 * styles that did not come are not asked for again.
 */
function patiently<T>(load: () => Promise<T>): () => Promise<T> {
  return () =>
    load().catch(async (failure) => {
      if (await isThere()) throw failure;
      while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      window.location.reload();
      return new Promise<never>(() => {});
    });
}
const AGAIN_MS = 1000;
const isThere = () =>
  fetch('/api/health').then(
    ({ ok }) => ok,
    () => false,
  );

/** Everything that is on the screen: the way about, and the page that the address names. */
export function Shell() {
  const route = useRoute();
  const session = useSession();
  useTitle(route.page);
  if (session?.mode === 'accounts' && session.user === null) return <LogIn openId={session.openId} />;
  return (
    <SessionContext value={session ?? { user: null, mode: 'single user', openId: null }}>
      <div className={classes.shell}>
        <Navigation page={route.page} />
        <div className={classes.content}>
          {session && (
            <PageBoundary place={route.page}>
              <Suspense fallback={<Coming />}>
                <Pages route={route} />
              </Suspense>
            </PageBoundary>
          )}
        </div>
      </div>
    </SessionContext>
  );
}

/** No patient is named: titles stay in the browser's history. */
const TITLES: Readonly<Record<Route['page'], string>> = {
  pictures: 'Retinal Disease Classifier',
  synthetic: 'Synthetic eye',
  models: 'Models',
  model: 'Model',
  worklist: 'Worklist',
  read: 'Reading',
  batches: 'Batches',
  batch: 'Batch',
  patients: 'Patients',
  patient: 'Patient',
  performance: 'Performance',
  admin: 'Admin',
};

function useTitle(page: Route['page']): void {
  useEffect(() => {
    document.title = page === 'pictures' ? TITLES[page] : `${TITLES[page]} · Fovea`;
  }, [page]);
}

function Coming() {
  return (
    <main className={classes.coming}>
      <Loader size={18} /> <p role="status">Opening…</p>
    </main>
  );
}

const isFirst = ({ page }: Route) => page === 'pictures' || page === 'synthetic' || page === 'model';

/** The first page keeps its pictures and what was read of them while another page is looked at. */
function Pages({ route }: { readonly route: Route }) {
  const isShown = isFirst(route);
  const wasShown = useRef(false);
  wasShown.current ||= isShown;
  return (
    <>
      {wasShown.current && (
        <Activity mode={isShown ? 'visible' : 'hidden'}>
          <FirstPage />
        </Activity>
      )}
      {route.page === 'models' ? <ModelsPage /> : !isShown && <Room route={route} />}
    </>
  );
}

/** The pages that live on the database, told by the server of what changes in it. */
function Room({ route }: { readonly route: Route }) {
  useRoomEvents();
  return (
    <div className={classes.room}>
      <Offline />
      {roomPage(route)}
      <ImportStrip />
    </div>
  );
}

function roomPage(route: Route): ReactNode {
  switch (route.page) {
    case 'worklist':
      return <WorklistPage query={route.query} />;
    case 'read':
      return <ReadPage id={route.visit} />;
    case 'batches':
      return <BatchesPage />;
    case 'batch':
      return <BatchPage key={route.batch} id={route.batch} />;
    case 'patients':
      return <PatientsPage />;
    case 'patient':
      return <PatientPage key={route.patient} id={route.patient} />;
    case 'performance':
      return <PerformancePage />;
    case 'admin':
      return <AdminPage tab={route.tab} />;
    default:
      return null;
  }
}
