import { icon } from '../icons.tsx';

export const LinkIcon = icon(
  'M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1',
);
export const MirrorIcon = icon('M12 3v18M8.500 7L3 17h5.500zM15.500 7L21 17h-5.500z');
export const NegativeIcon = icon(
  'M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 0 0 0-17M12 3.500v17M12 7h5.500M12 10.500h8M12 14h8M12 17.500h5',
);
export const MagnifierIcon = icon(
  'M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 0 0 0-13M15.300 15.300L20 20M10.500 8v5M8 10.500h5',
);
export const RulerIcon = icon(
  'M3 16.500L16.500 3 21 7.500 7.500 21zM7 12.500l2 2M10 9.500l2.800 2.800M13 6.500l2 2',
);
export const OverlayIcon = icon(
  'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M15.500 9.500a2.500 2.500 0 1 0 0 5a2.500 2.500 0 0 0 0-5M6.500 12h4M8.500 10v4',
);
export const ResetIcon = icon('M4.500 12a7.500 7.500 0 1 0 2.300-5.400L4.500 8.800M4.500 4v4.800h4.800');
export const KeyboardIcon = icon(
  'M3.500 6.500h17v11h-17zM7 10h.01M10.300 10h.01M13.700 10h.01M17 10h.01M8 14h8',
);
