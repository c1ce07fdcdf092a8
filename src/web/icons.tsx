import type { SVGProps } from 'react';

export const icon = (paths: string) =>
  function Icon(props: SVGProps<SVGSVGElement>) {
    return (
      <svg
        width="18"
        height="18"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        {...props}
      >
        <path d={paths} />
      </svg>
    );
  };

export const SunIcon = icon(
  'M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
);
export const MoonIcon = icon('M20 14.5A8.5 8.5 0 1 1 9.5 4a6.6 6.6 0 0 0 10.5 10.5z');
export const SlidersIcon = icon('M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5');
export const PlusIcon = icon('M12 5v14M5 12h14');
export const MinusIcon = icon('M5 12h14');
export const FitIcon = icon('M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5');
export const BackIcon = icon('M15 5l-7 7 7 7');
export const DownloadIcon = icon('M12 4v11M7.5 10.500l4.500 4.500 4.500-4.500M5 20h14');
export const EyeIcon = icon(
  'M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5',
);
export const CopyIcon = icon('M9 9h11v11H9zM15 9V4H4v11h5');
export const CloseIcon = icon('M6 6l12 12M18 6L6 18');
export const AlertIcon = icon(
  'M12 8v5M12 16.5v.01M10.3 4.2L2.7 17.5A2 2 0 0 0 4.4 20.500h15.2a2 2 0 0 0 1.700-3L13.700 4.200a2 2 0 0 0-3.400 0z',
);

/** The product's sign: an eye's macula, and the fovea in it. */
export function Mark({ size = 26 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="13" fill="none" stroke="var(--bar-predicted)" strokeWidth="2" />
      <circle cx="16" cy="16" r="7.5" fill="var(--bar-predicted)" opacity=".18" />
      <circle cx="16" cy="16" r="3.6" fill="var(--bar-predicted)" />
    </svg>
  );
}
