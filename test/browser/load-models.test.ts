/**
 * Compares real models on photographs with TensorFlow.js on the CPU.
 */
import { expect, test } from 'vitest';
import { modelUrl, photograph, realModels } from '../../demo/models/real-models';
import { loadGraphModel } from '../../src/index';
import { useGpu } from '../support/gpu';
import { runTensorFlow } from '../support/tensorflow';

const gpu = useGpu();

/** The largest difference, relative to the largest magnitude. NaN if one of the numbers is NaN. */
function differenceOf(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
  }
  return difference / largest;
}

test.for(realModels.map((real) => [real.name, real] as const))('%s', async ([name, real]) => {
  const url = modelUrl(name);
  const { inputs, outputs } = real;
  using model = await loadGraphModel(gpu(), url, { inputs, outputs });
  const [input] = model.inputs;
  const [, height, width, channels] = input.shape ?? [1, ...real.size!, 3];
  const shape = [1, height, width, channels];
  const values = await photograph(real, [height, width]);
  using x = gpu().tensor(values, shape);
  const results = await model.run({ [input.name]: x });
  expect(Object.keys(results)).toEqual(model.outputs.map((end) => end.name));

  const { signature, userDefinedMetadata } = await (await fetch(url)).json();
  const known = new Map<string, { name: string }>(
    ['inputs', 'outputs'].flatMap((side) => Object.entries((signature ?? userDefinedMetadata.signature)[side])),
  );
  const nodeOf = (end: string): string => (known.get(end) ?? known.get(`${end}:0`))?.name ?? end;
  const fed = { shape, values: input.dtype === 'int32' ? Int32Array.from(values) : values };
  const names = model.outputs.map((end) => nodeOf(end.name));
  const expected = await runTensorFlow(url, { [nodeOf(input.name).replace(':0', '')]: fed }, names);
  for (const [i, end] of model.outputs.entries()) {
    using result = results[end.name];
    expect(result.shape).toEqual(expected[i].shape);
    expect(differenceOf(await result.read(), expected[i].values), end.name).toBeLessThan(1e-4);
  }
});
