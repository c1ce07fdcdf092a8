import { useMediaQuery } from '@mantine/hooks';

/** Whether the window is so narrow that everything stands below each other; the style sheets break there too. */
export const useNarrow = (): boolean => useMediaQuery('(max-width: 860px)') ?? false;
