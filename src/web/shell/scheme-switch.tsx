import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { MoonIcon, SunIcon } from '../icons.tsx';
import { useRoute } from '../route.ts';
import { setReadingScheme } from './reading-scheme.ts';

/**
 * Follows the system until it is switched, and again when it is switched back; where visits are read it has a setting
 * of its own.
 */
export function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('dark');
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)');
  const isReading = useRoute().page === 'read';
  const other = scheme === 'dark' ? 'light' : 'dark';
  const change = () => {
    if (isReading) setReadingScheme(other);
    else setColorScheme((other === 'dark') === systemIsDark ? 'auto' : other);
  };
  return (
    <Tooltip label={`Switch to ${other}`} position="right">
      <ActionIcon size={36} variant="default" aria-label={`Switch to ${other}`} onClick={change}>
        {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Tooltip>
  );
}
