import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  Menu,
  Modal,
  type VariantColorsResolver,
} from '@mantine/core';

const system = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

/** Mantine reckons the text's contrast from the light scheme's accent, which is dark: in the dark one that is wrong. */
const colours: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  const isAccent = input.variant === 'filled' && (input.color ?? 'macula') === 'macula';
  return isAccent ? { ...resolved, color: 'var(--mantine-primary-color-contrast)' } : resolved;
};

/**
 * The look: near-black surfaces that leave a dark-adapted eye alone, and one accent, the yellow of the macula.
 * Amber also costs less dark adaptation than blue.
 */
export const theme = createTheme({
  fontFamily: system,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, monospace',
  headings: { fontFamily: system, fontWeight: '600' },
  primaryColor: 'macula',
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  variantColorResolver: colours,
  respectReducedMotion: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    Modal: Modal.extend({ defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } }),
    // Beside its button a menu stays in the landmark that holds it, and nothing but its items is in it.
    Menu: Menu.extend({ defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false } }),
  },
  colors: {
    macula: [
      '#fff8e7',
      '#fdefcf',
      '#f8dd9f',
      '#f3c96b',
      '#efb941',
      '#e9a924',
      '#d9970f',
      '#b27600',
      '#8f5d00',
      '#6b4500',
    ],
    dark: [
      '#e8eaed',
      '#bcc2c9',
      '#9aa2ab',
      '#6b747e',
      '#3a4149',
      '#272c32',
      '#1b1f24',
      '#121519',
      '#0c0e11',
      '#07080a',
    ],
  },
});

/**
 * Mantine's own greys for secondary text fall short of WCAG AA on white. Outcomes are vermilion, sky blue and purple:
 * apart for any colour vision (Okabe and Ito 2008).
 */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#565e67',
    '--mantine-color-placeholder': '#68707a',
    '--mantine-color-error': '#b42318',
    '--accent-text': '#855600',
    '--bar': '#8b949e',
    '--bar-predicted': '#c78500',
    '--track': '#e9ecef',
    '--positive': '#a83c00',
    '--negative': '#0b5f94',
    '--ungradable': '#7d3a8c',
    '--line': '#dfe3e7',
    '--surface': '#ffffff',
    '--raised': '#f5f6f8',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa2ab',
    '--mantine-color-placeholder': '#7f8892',
    '--mantine-color-error': '#ff8f85',
    '--accent-text': '#f3c96b',
    '--bar': '#66707b',
    '--bar-predicted': '#e9a924',
    '--track': '#22272d',
    '--positive': '#ff9466',
    '--negative': '#79c0e8',
    '--ungradable': '#d3a3dd',
    '--line': '#23282e',
    '--surface': '#121519',
    '--raised': '#191d22',
  },
});
