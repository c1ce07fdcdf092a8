import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  lengthOf,
  lengthText,
  measured,
  NEW_RULER,
  NO_RULER,
  type Ruler,
  type RulerStep,
  scaleBar,
  scaleOf,
} from './ruler.ts';

const size = { width: 1000, height: 800 };
const middle = { x: 500, y: 400 };
const after = (...steps: RulerStep[]) =>
  steps.reduce<Ruler>((ruler, step) => measured(ruler, step, size), NEW_RULER);

describe('two clicks', () => {
  test('set the ends; in between the free one follows the pointer', () => {
    const first = after({ do: 'hover', at: { x: 1, y: 1 } }, { do: 'set', at: { x: 10, y: 20 } });
    assert.deepEqual(first, { stage: 'end', from: { x: 10, y: 20 }, to: { x: 10, y: 20 } });
    const hovered = measured(first, { do: 'hover', at: { x: 40, y: 60 } }, size);
    assert.deepEqual(measured(hovered, { do: 'set', at: { x: 40, y: 60 } }, size), {
      stage: 'set',
      from: { x: 10, y: 20 },
      to: { x: 40, y: 60 },
    });
  });

  test('a third begins anew', () => {
    const third = after(
      { do: 'set', at: { x: 1, y: 1 } },
      { do: 'set', at: { x: 2, y: 2 } },
      { do: 'set', at: { x: 3, y: 3 } },
    );
    assert.deepEqual(third, { stage: 'end', from: { x: 3, y: 3 }, to: { x: 3, y: 3 } });
  });
});

describe('keys', () => {
  test('begin in the middle, and move the free end, also once it is set', () => {
    const ruler = after(
      { do: 'nudge', dx: -5, dy: 0, middle },
      { do: 'enter', middle },
      { do: 'nudge', dx: 30, dy: 40, middle },
      { do: 'enter', middle },
      { do: 'nudge', dx: 0, dy: 1, middle },
    );
    assert.deepEqual(ruler, { stage: 'set', from: { x: 495, y: 400 }, to: { x: 525, y: 441 } });
  });

  test('Escape takes away what was measured, then the ruler', () => {
    const cleared = after({ do: 'enter', middle }, { do: 'escape' });
    assert.deepEqual(cleared, NEW_RULER);
    assert.deepEqual(measured(cleared, { do: 'escape' }, size), NO_RULER);
  });
});

test('whatever is done, the ends stay within the picture, and off stays off', () => {
  const far = fc.integer({ min: -3000, max: 3000 });
  const at = fc.record({ x: far, y: far });
  const step: fc.Arbitrary<RulerStep> = fc.oneof(
    fc.record({ do: fc.constantFrom('hover' as const, 'set' as const), at }),
    fc.record({ do: fc.constant('nudge' as const), dx: far, dy: far, middle: fc.constant(middle) }),
    fc.record({ do: fc.constant('enter' as const), middle: fc.constant(middle) }),
    fc.record({ do: fc.constant('escape' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      assert.deepEqual(
        steps.reduce<Ruler>((r, s) => measured(r, s, size), NO_RULER),
        NO_RULER,
      );
      const ruler = after(...steps);
      const ends = 'from' in ruler ? [ruler.from, ruler.to] : 'at' in ruler && ruler.at ? [ruler.at] : [];
      for (const { x, y } of ends)
        assert.ok(x >= 0 && y >= 0 && x <= size.width - 1 && y <= size.height - 1, `${x} ${y}`);
    }),
  );
});

describe('the scale', () => {
  const geometry = { field: { radius: 500 }, disc: { diameter: 150 }, fieldAngle: 45 };

  test('is the camera’s where its field is set, and says so', () => {
    assert.deepEqual(scaleOf({ micrometresPerPixel: 6.2, degrees: 45 }, geometry), {
      micrometresPerPixel: 6.2,
      isApproximate: false,
      source: 'by the camera’s field of 45°',
    });
  });

  test('else is about that of an average eye: 45° = 12.42 mm', () => {
    assert.deepEqual(scaleOf(null, geometry), {
      micrometresPerPixel: 12.42,
      isApproximate: true,
      source: 'by an average eye’s disc and fovea',
    });
  });

  test('else by the disc alone, else unknown', () => {
    assert.deepEqual(scaleOf(null, { ...geometry, fieldAngle: null }), {
      micrometresPerPixel: 12,
      isApproximate: true,
      source: 'by an average eye’s disc',
    });
    assert.equal(scaleOf(null, { field: null, disc: null, fieldAngle: null }), null);
    assert.equal(scaleOf(null, null), null);
  });
});

describe('a length', () => {
  const [from, to] = [
    { x: 10, y: 10 },
    { x: 40, y: 50 },
  ];

  test('is told in every unit that is known, with as many figures as it deserves', () => {
    const approximate = { micrometresPerPixel: 24.68, isApproximate: true, source: '' };
    assert.equal(
      lengthText(lengthOf(from, to, approximate, { diameter: 75 })),
      '≈ 1,200 µm · 0.67 DD · 50 px',
    );
    const exact = { micrometresPerPixel: 24.68, isApproximate: false, source: '' };
    assert.equal(lengthText(lengthOf(from, to, exact, null)), '1,230 µm · 50 px');
    assert.equal(lengthText(lengthOf(from, to, null, null)), '50 px');
  });
});

test('the scale bar is a round length that fits', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 200, noNaN: true }), (scale) => {
      const { µm, pixels } = scaleBar(scale, 120);
      assert.ok(pixels <= 120 + 1e-9 && pixels > 120 / 2.51, `${µm} µm, ${pixels} px`);
      assert.match((µm / 10 ** Math.floor(Math.log10(µm) + 1e-9)).toFixed(3), /^[125]\.000$/);
    }),
  );
});
