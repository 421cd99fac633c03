/**
 * Graph models that choose by computed numbers and then go on: they run on the GPU, read, run on the CPU, and run on the GPU
 * again.
 */
import { expect, test } from 'vitest';
import { loadGraphModel } from '../../src/load/tfjs/load-graph-model';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { float, floats, integers, ints, placeholder, text, tinyModel, type, type TinyNode } from '../support/graph-model'; // prettier-ignore
import { randomValues } from '../support/random';
import { runTensorFlow } from '../support/tensorflow';

const gpu = useGpu();
const conv = { strides: integers(1, 1, 1, 1), padding: text('SAME'), data_format: text('NHWC'), dilations: integers(1, 1, 1, 1) }; // prettier-ignore
const T = { T: type('DT_FLOAT') };

test('boxes are chosen, cut out of features and convolved', async () => {
  const nodes: TinyNode[] = [
    placeholder('image', [1, 7, 8, 2]),
    placeholder('boxes', [6, 4]),
    placeholder('logits', [6]),
    { name: 'features', op: 'Conv2D', input: ['image', 'first'], attr: { ...conv, ...T } },
    { name: 'scores', op: 'Sigmoid', input: ['logits'], attr: T },
    { name: 'chosen', op: 'NonMaxSuppressionV3', input: ['boxes', 'scores', 'most', 'iou', 'least'], attr: T },
    { name: 'picked', op: 'GatherV2', input: ['boxes', 'chosen', 'zero'], attr: { Tparams: type('DT_FLOAT') } },
    { name: 'which', op: 'ZerosLike', input: ['chosen'], attr: { T: type('DT_INT32') } },
    { name: 'crops', op: 'CropAndResize', input: ['features', 'picked', 'which', 'size'], attr: { ...T, method: text('bilinear'), extrapolation_value: float(0) } }, // prettier-ignore
    { name: 'y', op: 'Conv2D', input: ['crops', 'second'], attr: { ...conv, ...T } },
  ];
  const weights = [
    floats('first', [3, 3, 2, 4], randomValues(72, 1)),
    floats('second', [3, 3, 4, 3], randomValues(108, 2)),
    ints('most', [4], []),
    floats('iou', [], [0.5]),
    floats('least', [], [0.5]),
    ints('zero', [0], []),
    ints('size', [3, 4]),
  ];
  const files = tinyModel(nodes, weights);
  const boxes = Float32Array.of(0, 0, 0.5, 0.5, 0, 0.05, 0.5, 0.55, 0.4, 0.4, 1, 1, 0.1, 0.5, 0.6, 1, 0.5, 0, 1, 0.4, 0, 0, 1, 1); // prettier-ignore
  const feeds = { image: randomValues(112, 3), boxes, logits: Float32Array.of(2, 1.5, 0.7, -1, 3, 0.2) };
  const shapes = { image: [1, 7, 8, 2], boxes: [6, 4], logits: [6] };
  const fed = Object.entries(feeds).map(
    ([name, values]) => [name, { shape: shapes[name as 'image'], values }] as const,
  );
  const outputs = ['y', 'chosen'];
  const expected = await runTensorFlow(files, Object.fromEntries(fed), outputs);
  using model = await loadGraphModel(gpu(), files, { outputs });
  expect(model.explain()).toMatchObject({ stages: 2, reads: ['boxes', 'scores', 'features'] });
  const results = await model.run(feeds);
  for (const [i, { shape, values }] of expected.entries()) {
    using result = results[outputs[i]];
    expect(result.shape).toEqual(shape);
    expectClose(await result.read(), values, shape, 1e-5 * Math.max(1, ...Array.from(values, Math.abs)));
  }
});

test('an input with a default is fed if the signature names it, and else has its default', async () => {
  const nodes: TinyNode[] = [
    placeholder('x', [2]),
    { name: 'keep', op: 'PlaceholderWithDefault', input: ['given'], attr: { dtype: type('DT_FLOAT'), shape: { shape: { dim: [] } } } }, // prettier-ignore
    { name: 'y', op: 'Mul', input: ['x', 'keep'], attr: T },
  ];
  const weights = [floats('given', [], [3])];
  const end = (name: string): object => ({ name: `${name}:0`, dtype: 'DT_FLOAT' });
  const signature = { inputs: { x: end('x'), keep: end('keep') }, outputs: { y: end('y') } };
  for (const [more, keep, factor] of [
    [{}, {}, 3],
    [{ signature }, { keep: [5] }, 5],
  ] as const) {
    // prettier-ignore
    using model = await loadGraphModel(gpu(), tinyModel(nodes, weights, more));
    using y = (await model.run({ x: [1, 2], ...keep })).y;
    expect(Array.from(await y.read())).toEqual([factor, 2 * factor]);
  }
});
