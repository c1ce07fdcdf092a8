/** What systems leave in folders by themselves. */
const SYSTEM = new Set(['__macosx', 'thumbs.db', 'ehthumbs.db', 'desktop.ini', '$recycle.bin']);

/** Whether a file is hidden, or was put there by a system: nobody means to hand it over. */
export const isLitter = (path: string): boolean =>
  path
    .split(/[/\\]/)
    .some(
      (part) => (part.startsWith('.') && part !== '.' && part !== '..') || SYSTEM.has(part.toLowerCase()),
    );
