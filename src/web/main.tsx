import '@mantine/core/styles.css';
import './page.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueries } from './queries.ts';
import { useRoute } from './route.ts';
import { useReadingScheme } from './shell/reading-scheme.ts';
import { Shell } from './shell/shell.tsx';
import { theme, variables } from './theme.ts';

const queries = createQueries();

function Root() {
  const isReading = useRoute().page === 'read';
  const readingScheme = useReadingScheme();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      {...(isReading && { forceColorScheme: readingScheme })}
    >
      <Shell />
    </MantineProvider>
  );
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Root />
    </QueryClientProvider>
  </StrictMode>,
);
