/**
 * Numbers in 0…1 that anyone can make again, in any language: state ← state × 1664525 + 1013904223 (mod 2³²), from
 * 12345. The golden files' inputs are made of them.
 */
export function unitNumbers(count: number): Float64Array {
  const numbers = new Float64Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    numbers[i] = state / 4294967296;
  }
  return numbers;
}
