import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkLaterality, type Eye, eyeOfFileName, LATERALITY_SOURCES } from './laterality.ts';

describe('which eye a file name tells', () => {
  const cases: readonly [name: string, eye: Eye | null][] = [
    ['10003_left.jpeg', 'OS'],
    ['10003_right.jpeg', 'OD'],
    ['images/0_right.jpg', 'OD'],
    ['left/0_right.jpg', 'OD'],
    ['C:\\export\\left\\P12-OD.tif', 'OD'],
    ['P12_OS_macula.dcm', 'OS'],
    ['patient os.png', 'OS'],
    ['Image_03L.jpg', 'OS'],
    ['Image_03R.jpg', 'OD'],
    ['IMG_R_2.png', 'OD'],
    ['img_17_l.png', 'OS'],
    ['LeftEye.png', 'OS'],
    ['eye-Right-2026.JPG', 'OD'],
    ['RIGHT.JPG', 'OD'],
    ['OD2.tiff', 'OD'],
    ['7 RE.jpg', 'OD'],
    ['7_LE.jpg', 'OS'],
    ['Auge links.jpg', 'OS'],
    ['oeil_droit.jpg', 'OD'],
    ['R_left.jpg', 'OS'],
    ['bright.jpg', null],
    ['leftover.jpg', null],
    ['copyright_cleft.jpg', null],
    ['le_patient.jpg', null],
    ['left_and_right.jpg', null],
    ['OD_OS.png', null],
    ['L_R.png', null],
    ['IDRiD_01.jpg', null],
    ['l.jpg', null],
    ['1234.jpg', null],
    ['', null],
    ['.jpg', null],
  ];
  for (const [name, eye] of cases)
    test(`"${name}": ${eye ?? 'nothing'}`, () => assert.equal(eyeOfFileName(name), eye));

  test('the same word in any case and between any signs', () => {
    const word = fc.constantFrom('left', 'right', 'OD', 'OS', 'od', 'os');
    const sign = fc.constantFrom('_', '-', ' ', '.', '(', '');
    fc.assert(
      fc.property(fc.nat(99_999), word, sign, fc.boolean(), (number, told, between, upper) => {
        const name = `${number}${between}${upper ? told.toUpperCase() : told}.jpg`;
        assert.equal(eyeOfFileName(name), /right|od/i.test(told) ? 'OD' : 'OS');
      }),
    );
  });
});

describe('which eye, by all that tells', () => {
  const picture = (eye: Eye, confidence = 0.98) => ({ eye, confidence });

  test('the picture alone', () => {
    assert.deepEqual(checkLaterality({ fromPicture: picture('OS') }), {
      eye: 'OS',
      source: 'picture',
      conflicts: [],
    });
  });

  test('nothing tells', () => {
    const nothing = { eye: null, source: null, conflicts: [] };
    assert.deepEqual(checkLaterality({ fromPicture: null }), nothing);
    assert.deepEqual(checkLaterality({ fileName: 'a.jpg', dicom: '', exif: '', user: null }), nothing);
    assert.deepEqual(checkLaterality({ dicom: 'B' }), nothing);
  });

  test('what agrees is no conflict', () => {
    const clues = { fromPicture: picture('OD'), fileName: '1_right.jpg', dicom: 'R ', user: 'OD' as const };
    assert.deepEqual(checkLaterality(clues), { eye: 'OD', source: 'user', conflicts: [] });
  });

  test('a picture against its file name is said in words', () => {
    const { eye, source, conflicts } = checkLaterality({
      fromPicture: picture('OS', 0.976),
      fileName: '17_right.jpg',
    });
    assert.equal(eye, 'OD');
    assert.equal(source, 'file name');
    assert.deepEqual(conflicts, [
      {
        source: 'picture',
        eye: 'OS',
        words:
          'The picture shows a left eye (OS) (98 % sure), the file name says a right eye (OD). ' +
          'It may be mirrored, of the other eye, or named wrongly.',
      },
    ]);
  });

  test('of a picture that stands upside down the words say so', () => {
    const { conflicts } = checkLaterality({ fromPicture: picture('OS'), inverted: 0.9, user: 'OD' });
    assert.match(conflicts[0]!.words, /upside down: turn it by half/);
  });

  test('a picture that is hardly sure contradicts nobody', () => {
    assert.deepEqual(checkLaterality({ fromPicture: picture('OS', 0.6), user: 'OD' }).conflicts, []);
  });

  test('DICOM against EXIF against the file name', () => {
    const { eye, source, conflicts } = checkLaterality({
      dicom: 'L',
      exif: 'Right eye, macula; origin top-left',
      fileName: 'a_OD.dcm',
    });
    assert.deepEqual([eye, source], ['OS', 'dicom']);
    assert.deepEqual(
      conflicts.map((c) => [c.source, c.eye]),
      [
        ['exif', 'OD'],
        ['file name', 'OD'],
      ],
    );
    assert.equal(
      conflicts[0]!.words,
      'The EXIF text says a right eye (OD), the DICOM header says a left eye (OS). One of them is wrong.',
    );
  });

  test('a corner of the picture in an EXIF text is no eye', () => {
    assert.equal(checkLaterality({ exif: 'Orientation: top-left' }).eye, null);
  });

  test('the first source that tells is believed, and every other eye is a conflict', () => {
    const eye = fc.option(fc.constantFrom<Eye>('OD', 'OS'));
    fc.assert(
      fc.property(fc.tuple(eye, eye, eye, eye, eye), (eyes) => {
        const [user, dicom, exif, file, seen] = eyes;
        const result = checkLaterality({
          user,
          dicom: dicom && (dicom === 'OD' ? 'R' : 'L'),
          exif,
          fileName: file && `1_${file}.jpg`,
          fromPicture: seen && picture(seen),
        });
        const first = eyes.findIndex((told) => told !== null);
        assert.equal(result.source, first < 0 ? null : LATERALITY_SOURCES[first]);
        assert.equal(result.eye, first < 0 ? null : eyes[first]);
        assert.deepEqual(
          result.conflicts.map((c) => c.source),
          LATERALITY_SOURCES.filter((_, i) => eyes[i] !== null && eyes[i] !== result.eye),
        );
      }),
    );
  });
});
