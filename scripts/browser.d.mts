/** Path of a Chromium, Chrome or Edge, or undefined. */
export function findBrowser(): string | undefined;
/** Installs one; ends the process where that is impossible. */
export function installBrowser(): void;
export const BROWSER_FLAGS: string[];
