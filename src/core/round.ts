/** The nearest whole number, of two the even one: `round` of Python, `cvRound` of OpenCV. */
export const roundHalfToEven = (x: number): number =>
  Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
