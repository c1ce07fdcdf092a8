/** Stands beside every result, wherever it is shown. */
export const DISCLAIMER = 'Research use only. Not a medical device. Not for diagnosis or to delay care.';
