import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { compareWithGolden, difference, type Golden } from '../../test/keras-golden.ts';
import { openHdf5 } from '../formats/hdf5.ts';
import { convertKeras } from './index.ts';

/** Real Keras files with the outputs of real Keras; see ../shared/keras-models/README.md. Not part of the repository. */
const corpus = fileURLToPath(new URL('../../../shared/keras-models/', import.meta.url));

/** On probabilities; relative elsewhere. */
const TOLERANCE = 1e-5;

/** Converts and runs a file on the golden inputs; the largest difference over all of them. */
const compare = async (file: string, expected: Golden) =>
  compareWithGolden(await convertKeras(readFileSync(corpus + file)), expected);

const skip = existsSync(corpus) ? false : '../shared/keras-models is not on this machine';
const golden: { readonly models: Record<string, Golden> } = skip
  ? { models: {} }
  : JSON.parse(readFileSync(`${corpus}golden.json`, 'utf8'));

/** The files below with their own inputs and outputs show which of the two the writer meant. */
const HARD_SIGMOID =
  'Keras 3 reads the hard sigmoid of a Keras 2 file with its own slope, 1/6; the file was written for 0.2';

/** Files that do not agree, and why; each is asserted to be so. */
const EXCEPTIONS: Readonly<Record<string, { why: string; outcome: string | RegExp }>> = {
  'LeakyReLU_0_model.h5': {
    why: 'its golden input has one axis more than the file states',
    outcome: /Invalid rank/,
  },
  'ReLU_0_model.h5': {
    why: 'its golden input has one axis more than the file states',
    outcome: /Invalid rank/,
  },
  'act_3.h5': { why: HARD_SIGMOID, outcome: 'other numbers' },
  'lstm_functional_tf_keras_2.h5': { why: HARD_SIGMOID, outcome: 'other numbers' },
  'reshape_model.h5': { why: HARD_SIGMOID, outcome: 'other numbers' },
};

describe('real Keras files give the numbers of real Keras', { skip }, () => {
  for (const [file, expected] of Object.entries(golden.models)) {
    const exception = EXCEPTIONS[basename(file)];
    if (exception) {
      test(`${basename(file)} does not: ${exception.why}`, async () => {
        const comparison = compare(file, expected);
        if (exception.outcome instanceof RegExp) await assert.rejects(comparison, exception.outcome);
        else assert.ok((await comparison) > TOLERANCE);
      });
    } else {
      test(`${basename(file)} of ${file.split('/')[0]}`, async () => {
        const largest = await compare(file, expected);
        assert.ok(largest <= TOLERANCE, `differs by ${largest}`);
      });
    }
  }
});

/** Model files with, in a second file, inputs and what the Keras that wrote them made of these. */
const SUFFIX = '_inputs_and_outputs.h5';
const witnesses = skip ? [] : globSync(`**/*${SUFFIX}`, { cwd: corpus }).sort();

describe('old Keras files give the numbers of the Keras that wrote them', { skip }, () => {
  for (const witness of witnesses) {
    test(basename(witness, SUFFIX), async (t) => {
      const file = openHdf5(readFileSync(corpus + witness));
      const [output] = file.keys('outputs');
      // `outputs` can be what the model was taught towards; these are what it answered.
      const answer = ['predictions', 'activations']
        .map((g) => `${g}/${output}`)
        .find((path) => file.kind(path));
      if (!answer) return t.skip('the file keeps no answers, only targets');
      const { onnx } = await convertKeras(readFileSync(corpus + witness.replace(SUFFIX, '_model.h5')));
      const session = await InferenceSession.create(onnx);
      const feeds = file.keys('inputs').map((name, i) => {
        const { data, shape } = file.tensor(`inputs/${name}`);
        return [
          session.inputNames[i]!,
          new Tensor('float32', Float32Array.from(data as Float32Array), shape),
        ] as const;
      });
      const results = await session.run(Object.fromEntries(feeds));
      const { data, dims } = results[session.outputNames[0]!]!;
      const expected = file.tensor(answer);
      assert.deepEqual([...dims], expected.shape);
      const largest = difference(Array.from(data as Float32Array), Array.from(expected.data as Float32Array));
      assert.ok(largest <= TOLERANCE, `differs by ${largest}`);
    });
  }
});

const alone = skip ? [] : globSync('**/*_weights.h5', { cwd: corpus }).sort();
const whole = (file: string) => corpus + file.replace(/_weights\.h5$/, '_model.h5');

describe('weights alone are a model with the architecture beside them', { skip }, () => {
  for (const file of alone.filter((name) => existsSync(whole(name)))) {
    test(basename(file), async () => {
      const model = readFileSync(whole(file));
      const config = (await openHdf5(model)).text('', 'model_config')!;
      const together = await convertKeras(readFileSync(corpus + file), { config });
      assert.deepEqual(together.onnx, (await convertKeras(model)).onnx);
    });
  }
});
