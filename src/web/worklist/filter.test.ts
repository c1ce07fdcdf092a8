import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { filterOf, isNarrowed, queryOf, RESULTS, SORTS, STATES } from './filter.ts';

const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('a filter and its address', () => {
  test('say the same, whatever is searched for', () => {
    const filters = fc.record({
      state: maybe(fc.constantFrom(...STATES)),
      result: maybe(fc.constantFrom(...RESULTS)),
      batch: maybe(fc.uuid()),
      search: maybe(fc.string({ minLength: 1, maxLength: 200 })),
      from: maybe(day),
      to: maybe(day),
      sort: fc.constantFrom(...SORTS),
    });
    fc.assert(
      fc.property(filters, (filter) => {
        assert.deepEqual(filterOf(new URLSearchParams(queryOf(filter))), { ...filter });
      }),
    );
  });

  test('without a word it is what a human is to read, the most urgent first', () => {
    assert.deepEqual(filterOf(new URLSearchParams()), {
      ...{ state: 'open', sort: 'triage' },
      ...{ result: undefined, batch: undefined, search: undefined, from: undefined, to: undefined },
    });
    assert.equal(queryOf({ state: 'open', sort: 'triage' }), '');
  });

  test('what an address says wrongly is left out', () => {
    const wrong = new URLSearchParams('state=x&result=maybe&batch=1&from=yesterday&sort=size');
    assert.equal(queryOf(filterOf(wrong)), '');
    assert.equal(isNarrowed(filterOf(wrong)), false);
  });
});
