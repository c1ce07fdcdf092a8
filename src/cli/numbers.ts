/**
 * Reads the whole number that an option takes.
 *
 * @throws RangeError which is wrong usage
 */
export const wholeNumber =
  (option: string, least = 1) =>
  (text: string): number => {
    const value = Number(text);
    // Of an empty text Number makes 0.
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new RangeError(`${option} takes a whole number from ${least} on, not "${text}".`);
  };
