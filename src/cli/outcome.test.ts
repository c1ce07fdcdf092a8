import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fovea, temporaryFolder } from '../../test/cli.ts';

describe('fovea outcome', () => {
  test('says what becomes of each patient, why, by which rule and source', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'findings.csv');
    writeFileSync(
      file,
      'file,patient,eye,quality,grade,oedema\na.jpg,7,OD,good,1,no\nb.jpg,7,OS,not gradable,,\nc.jpg,8,od,good,3,no\n',
    );
    const { status, stdout } = await fovea(['outcome', file], folder);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^7: ungradable\. Not gradable: nothing can be excluded\. Take the image again, or refer\.$/m,
    );
    assert.match(stdout, /^8: positive\. Severe non-proliferative diabetic retinopathy\. Refer now\.$/m);
    assert.match(stdout, /OD: positive\..* \(c\.jpg\)/);
    assert.match(stdout, /Sources: Wilkinson/);
    assert.match(stdout, /Research use only/);

    const [first, second] = (
      await fovea(['outcome', file, '--json', '--rule', 'vision-threatening'], folder)
    ).lines();
    assert.deepEqual([first!.patient, first!.result, second!.result], ['7', 'ungradable', 'positive']);
  });

  for (const [labels, result] of [
    ['N', 'negative'],
    ['', 'negative'],
    ['D', 'positive'],
    ['N; D', 'positive'],
    ['N|D', 'positive'],
  ] as const)
    test(`labels "${labels}" are ${result}`, async (context) => {
      const folder = temporaryFolder(context);
      const file = join(folder, 'findings.csv');
      writeFileSync(file, `file,patient,eye,quality,labels\na,1,OD,good,${labels}\nb,1,OS,good,N\n`);
      const { lines } = await fovea(['outcome', file, '--rule', 'any-disease', '--json'], folder);
      assert.deepEqual(
        lines().map((patient) => patient.result),
        [result],
      );
    });

  for (const label of ['d', 'Bogus', 'N D'])
    test(`a label "${label}" that the rule does not know is refused with its row, never negative`, async (context) => {
      const folder = temporaryFolder(context);
      const file = join(folder, 'findings.csv');
      writeFileSync(file, `file,patient,eye,quality,labels\na,1,OD,good,N\nb,1,OS,good,N;${label}\n`);
      const { status, stdout, stderr } = await fovea(['outcome', file, '--rule', 'any-disease'], folder);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /row 3: label\. \[FINDINGS_INVALID\]/);
      assert.match(stderr, new RegExp(`expected: N, .*D, G.*\n +received: ${label}\n`));
    });

  test('labels that the rule asks nothing of are left alone', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'findings.csv');
    writeFileSync(file, 'file,patient,eye,quality,grade,labels\na,1,OD,good,0,DR0\nb,1,OS,good,2,DR2\n');
    const { status, stdout } = await fovea(['outcome', file], folder);
    assert.equal(status, 0);
    assert.match(stdout, /^1: positive\./m);
  });

  for (const [what, text, code] of [
    ['a grade that is none', 'file,patient,eye,quality,grade\na,1,OD,good,5\n', 'FINDINGS_INVALID'],
    ['a quality that is none', 'file,patient,eye,quality,grade\na,1,OD,fine,1\n', 'FINDINGS_INVALID'],
    ['a missing column', 'file,patient,quality,grade\na,1,good,1\n', 'FINDINGS_INVALID'],
    ['no rows', 'file,patient,eye,quality,grade\n', 'FINDINGS_INVALID'],
  ] as const)
    test(`${what} is refused: ${code}`, async (context) => {
      const folder = temporaryFolder(context);
      const file = join(folder, 'findings.csv');
      writeFileSync(file, text);
      const { status, stderr } = await fovea(['outcome', file], folder);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(code));
    });

  test('a rule that is not there is refused, with those there are', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'findings.csv');
    writeFileSync(file, 'file,patient,eye,quality,grade\na,1,OD,good,1\n');
    const { stderr } = await fovea(['outcome', file, '--rule', 'guess'], folder);
    assert.match(stderr, /RULE_INVALID/);
    assert.match(stderr, /any-disease, icdr-referable, vision-threatening/);
  });
});
