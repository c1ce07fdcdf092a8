/** For so long after a touch, ms, somebody counts as being there. */
const THERE_MS = 60_000;

let lastTouch = performance.now();

const touched = () => {
  lastTouch = performance.now();
};
for (const touch of ['pointerdown', 'keydown', 'wheel']) {
  // Not there where the page's code runs in a test.
  globalThis.addEventListener?.(touch, touched, { capture: true, passive: true });
}

/** Whether nobody has touched the page for a while: what it then fetches by itself keeps no session alive. */
export const isNobodyThere = (): boolean => performance.now() - lastTouch > THERE_MS;
