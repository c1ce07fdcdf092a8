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

export const LensIcon = icon('M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 0 0 0-13M15.300 15.300L20 20');
export const WorklistIcon = icon('M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01');
export const BatchesIcon = icon('M12 3l9 5-9 5-9-5zM3 12.500l9 5 9-5M3 16.800l9 5 9-5');
export const PatientsIcon = icon(
  'M9 4.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 0 0 0-7M2.500 20c.4-3.600 3-5.500 6.500-5.500s6.100 1.900 6.500 5.500M16 5a3.300 3.300 0 0 1 0 6.400M18 14.800c2 .8 3.200 2.600 3.500 5.200',
);
export const ModelsIcon = icon('M12 3l8 4.500v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9');
export const SyntheticIcon = icon(
  'M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 0 0 0-17M16.500 9.500a1.500 1.500 0 1 0 0 3a1.500 1.500 0 0 0 0-3M15 11c-2.500-.6-3.700-3-6.500-3.200M15 11c-2.500.8-3.700 4-7 4.200',
);
export const PerformanceIcon = icon('M4 4v16h16M8 15l3.500-4.500 3 2.500L20 6.500');
export const AdminIcon = icon(
  'M12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6M12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.200 2.200M16.200 16.200l2.200 2.200M5.600 18.400l2.200-2.200M16.200 7.800l2.200-2.200',
);
export const UserIcon = icon(
  'M12 4.500a3.800 3.800 0 1 0 0 7.600a3.800 3.800 0 0 0 0-7.600M4.500 20.500c.6-4 3.500-6 7.500-6s6.900 2 7.500 6',
);
export const UploadIcon = icon('M12 20V8M7.500 12.500L12 8l4.500 4.500M5 4h14');
export const FolderIcon = icon(
  'M3 6.500a1.500 1.500 0 0 1 1.500-1.500h5l2 2.500h8A1.500 1.500 0 0 1 21 9v9a1.500 1.500 0 0 1-1.500 1.500h-15A1.500 1.500 0 0 1 3 18z',
);
export const CheckIcon = icon('M4.500 12.500l5 5L19.500 7');
export const StarIcon = icon(
  'M12 3.500l2.600 5.500 6 .8-4.400 4.200 1.100 6L12 17.100 6.700 20l1.100-6L3.400 9.800l6-.8z',
);
export const EditIcon = icon('M4 20h4L19 9l-4-4L4 16zM13 7l4 4');
export const NextIcon = icon('M9 5l7 7-7 7');
export const UpIcon = icon('M12 19V5M6 11l6-6 6 6');
export const DownIcon = icon('M12 5v14M6 13l6 6 6-6');
export const SameIcon = icon('M5 9.500h14M5 14.500h14');

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
