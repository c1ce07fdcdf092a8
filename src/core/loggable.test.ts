import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeLoggable, loggable, withoutValues } from './loggable.ts';

describe('an error in a log', () => {
  for (const [message, kept] of [
    [`invalid input syntax for type date: "Müller"`, 'invalid input syntax for type date: …'],
    ['ungültige Eingabesyntax für Typ date: »Müller«', 'ungültige Eingabesyntax für Typ date: …'],
    [`Unexpected token 'M', "{"a": "b", Müller" is not valid JSON`, 'Unexpected token … is not valid JSON'],
    [`open '/in/Müller\nAnna.jpg'`, 'open …'],
    ['integer out of range', 'integer out of range'],
  ] as const) {
    test(`says "${kept}"`, () => assert.equal(withoutValues(message), kept));
  }

  test('of a database says which table and rule, not what the row held', () => {
    const thrown = Object.assign(new Error('null value in column of Müller'), {
      ...{ severity: 'ERROR', code: '23502', detail: 'Failing row contains (Müller)', where: 'Müller' },
      ...{ table: 'patients', column: 'identifier', routine: 'ExecConstraints', parameters: ['Müller'] },
    });
    const { stack, ...rest } = loggable(new Error('it failed', { cause: thrown }));
    assert.match(stack!, /^\s+at /);
    assert.equal(rest.message, 'it failed');
    const [cause] = rest.causes!;
    assert.deepEqual(
      { ...cause, stack: '' },
      { type: 'Error', code: '23502', about: 'patients identifier ExecConstraints', stack: '' },
    );
    const text = describeLoggable({ ...rest, causes: [cause!] });
    assert.match(
      text,
      /^Error it failed\nbecause of Error \[23502\] \(patients identifier ExecConstraints\)/,
    );
    assert.ok(!text.includes('Müller'));
  });

  test('that is none, or is its own cause, is told all the same', () => {
    assert.deepEqual(loggable('Müller'), { type: 'string' });
    const own = new Error('x');
    own.cause = own;
    assert.ok(describeLoggable(loggable(own)).length > 0);
  });
});
