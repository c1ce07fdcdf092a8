/** What keys do on the Reading page. */
export type Command =
  | 'zoomIn'
  | 'zoomOut'
  | 'fit'
  | 'showRight'
  | 'showLeft'
  | 'showBoth'
  | 'link'
  | 'mirror'
  | 'previousImage'
  | 'nextImage'
  | 'redFree'
  | 'invert'
  | 'equalise'
  | 'brighter'
  | 'darker'
  | 'moreContrast'
  | 'lessContrast'
  | 'moreGamma'
  | 'lessGamma'
  | 'adjust'
  | 'reset'
  | 'magnify'
  | 'ruler'
  | 'overlay'
  | 'heatMap'
  | 'confirm'
  | 'change'
  | 'retake'
  | 'sign'
  | 'help';

interface Key {
  readonly command: Command;
  /** `KeyboardEvent.key`; letters in upper case are pressed with Shift. */
  readonly keys: readonly string[];
  readonly does: string;
  /** With Ctrl (⌘ on a Mac). */
  readonly isWithControl?: boolean;
}

interface Group {
  readonly title: string;
  readonly keys: readonly Key[];
}

/** The one table: what is listened to, what tooltips and the help sheet say. */
export const KEY_GROUPS: readonly Group[] = [
  {
    title: 'Verdict',
    keys: [
      { command: 'confirm', keys: ['Enter'], does: 'Confirm the model’s answer' },
      { command: 'change', keys: ['e'], does: 'Change it' },
      { command: 'retake', keys: ['t'], does: 'Ask for new images' },
      { command: 'sign', keys: ['Enter'], does: 'Sign', isWithControl: true },
    ],
  },
  {
    title: 'Look',
    keys: [
      { command: 'zoomIn', keys: ['+', '='], does: 'Zoom in' },
      { command: 'zoomOut', keys: ['-'], does: 'Zoom out' },
      { command: 'fit', keys: ['0'], does: 'Fit' },
      { command: 'showRight', keys: ['1'], does: 'Right eye alone' },
      { command: 'showLeft', keys: ['2'], does: 'Left eye alone' },
      { command: 'showBoth', keys: ['3'], does: 'Both eyes' },
      { command: 'link', keys: ['l'], does: 'Link or unlink the eyes' },
      { command: 'mirror', keys: ['v'], does: 'Follow as in a mirror, or alike' },
      { command: 'previousImage', keys: [','], does: 'Previous image of this eye' },
      { command: 'nextImage', keys: ['.'], does: 'Next image of this eye' },
    ],
  },
  {
    title: 'Picture',
    keys: [
      { command: 'redFree', keys: ['g'], does: 'Red-free (green channel)' },
      { command: 'invert', keys: ['i'], does: 'Negative' },
      { command: 'equalise', keys: ['c'], does: 'Local contrast (CLAHE)' },
      { command: 'brighter', keys: ['b'], does: 'Brighter' },
      { command: 'darker', keys: ['B'], does: 'Darker' },
      { command: 'moreContrast', keys: ['n'], does: 'More contrast' },
      { command: 'lessContrast', keys: ['N'], does: 'Less contrast' },
      { command: 'moreGamma', keys: ['y'], does: 'Gamma: brighter in the dark parts' },
      { command: 'lessGamma', keys: ['Y'], does: 'Gamma: darker there' },
      { command: 'adjust', keys: ['a'], does: 'Show the sliders' },
      { command: 'reset', keys: ['r'], does: 'The picture as it was taken' },
    ],
  },
  {
    title: 'Tools',
    keys: [
      { command: 'magnify', keys: ['m'], does: 'Magnifier: hold, or tap to keep it' },
      { command: 'ruler', keys: ['d'], does: 'Measure a distance' },
      { command: 'overlay', keys: ['o'], does: 'Disc, fovea and field' },
      { command: 'heatMap', keys: ['h'], does: 'Where the model looked' },
      { command: 'help', keys: ['?'], does: 'This sheet' },
    ],
  },
];

/** Keys that belong to the picture that has the focus. */
export const PICTURE_KEYS: readonly { readonly keys: string; readonly does: string }[] = [
  { keys: '← ↑ ↓ →', does: 'Move; with the ruler: its end; with Shift ten times as far' },
  { keys: 'Enter', does: 'With the ruler: set its end' },
  { keys: 'Esc', does: 'Take the ruler away' },
];

const ALL = KEY_GROUPS.flatMap(({ keys }) => keys);

/** The part of a keyboard event that counts. */
export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** @param hasLetters whether keys of one character count: WCAG 2.1.4 wants them to be switched off where they disturb */
export function commandOf(
  { key, ctrlKey, metaKey, altKey }: Pressed,
  hasLetters = true,
): Command | undefined {
  if (altKey || (!hasLetters && key.length === 1)) return undefined;
  const isWithControl = ctrlKey || metaKey;
  return ALL.find((entry) => entry.keys.includes(key) && (entry.isWithControl ?? false) === isWithControl)
    ?.command;
}

/** How a command's key is written: `Ctrl Enter`, `Shift B`. */
export function keyText(command: Command): string {
  const { keys, isWithControl } = ALL.find((entry) => entry.command === command)!;
  const key = keys[0]!;
  const name = key === '-' ? '−' : /^[a-z]$/i.test(key) ? key.toUpperCase() : key;
  if (isWithControl) return `Ctrl ${name}`;
  return /^[A-Z]$/.test(key) ? `Shift ${name}` : name;
}

/** The same for `aria-keyshortcuts` (https://www.w3.org/TR/wai-aria-1.2/#aria-keyshortcuts). */
export const ariaKeys = (command: Command): string => {
  const { keys, isWithControl } = ALL.find((entry) => entry.command === command)!;
  const key = keys[0]!;
  if (isWithControl) return `Control+${key}`;
  return /^[A-Z]$/.test(key) ? `Shift+${key}` : key;
};

const TEXT_FIELDS =
  'textarea, select, [contenteditable=true], input:not([type=range], [type=checkbox], [type=radio])';
/** Keys by which a control that has the focus is used. */
const OF_CONTROLS: readonly { readonly selector: string; readonly keys: RegExp }[] = [
  { selector: 'button, a[href], summary, [role=option]', keys: /^(Enter| )$/ },
  { selector: 'input[type=range], input[type=radio]', keys: /^(Arrow\w+|Home|End|PageUp|PageDown| )$/ },
  { selector: 'input[type=checkbox]', keys: /^ $/ },
];

/** Whether a key belongs to the control that it was pressed in, or to an open dialogue. */
export function isTaken(event: Pressed & { readonly target: EventTarget | null }): boolean {
  const { target, key, ctrlKey, metaKey } = event;
  if (!(target instanceof Element)) return false;
  if (target.closest('[role=dialog]')) return true;
  const isWithControl = ctrlKey || metaKey;
  if (target.closest(TEXT_FIELDS)) return !(isWithControl && key === 'Enter');
  return (
    !isWithControl && OF_CONTROLS.some(({ selector, keys }) => keys.test(key) && target.closest(selector))
  );
}
