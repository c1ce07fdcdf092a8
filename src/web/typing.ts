/** Keys belong to whatever is being filled in, and to an open panel. */
export const isTyping = ({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean =>
  ctrlKey ||
  metaKey ||
  altKey ||
  (target instanceof Element &&
    target.closest('input:not([readonly]), textarea, select, [role=dialog]') !== null);
