import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN } from './tone.ts';
import { FIRST_TOOLS, nextPatient, type Tools, toolsOf } from './tools.ts';

const tuned: Tools = {
  ...FIRST_TOOLS,
  tone: { ...PLAIN, isRedFree: true, contrast: 1.5 },
  sides: 'OD',
  power: 4,
  hasOverlay: true,
};

test('the next patient is seen as the camera saw them, unless the tone is kept', () => {
  assert.deepEqual(nextPatient(tuned), { ...tuned, tone: PLAIN, sides: 'both' });
  assert.deepEqual(nextPatient({ ...tuned, isToneKept: true }).tone, tuned.tone);
});

test('who comes back to a visit finds the room as it was left; at another visit it is the next patient’s', () => {
  const kept = JSON.stringify({ visitId: 'a', tools: tuned });
  assert.deepEqual(toolsOf(kept, 'a'), tuned);
  assert.deepEqual(toolsOf(kept, 'b'), nextPatient(tuned));
});

test('what was kept by another version, or is none, does no harm', () => {
  const odd = { visitId: 'a', tools: { power: 'big', opacity: 0.3, tone: { gamma: null, isRedFree: true } } };
  assert.deepEqual(toolsOf(JSON.stringify(odd), 'a'), {
    ...FIRST_TOOLS,
    opacity: 0.3,
    tone: { ...PLAIN, isRedFree: true },
  });
  for (const text of [null, '{', '[]', 'null', '"x"']) assert.deepEqual(toolsOf(text, 'a'), FIRST_TOOLS);
});
