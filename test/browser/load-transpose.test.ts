/** Graph models with Conv2DBackpropInput, to which the converter turns Keras's Conv2DTranspose. */
import { describe, expect, test } from 'vitest';
import { transposeProblem, type TransposeGeometry } from '../../src/conv/transpose-problem';
import { transposeReference } from '../../src/conv/transpose-reference';
import { loadGraphModel } from '../../src/index';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { floats, integer, integers, ints, placeholder, text, tinyModel, type, type TinyFiles, type TinyNode } from '../support/graph-model'; // prettier-ignore
import { rejectionOf } from '../support/message';
import { randomValues } from '../support/random';
import { runTensorFlow } from '../support/tensorflow';

const gpu = useGpu();

const T = type('DT_FLOAT');
const whole = type('DT_INT32');
const same2 = { T, strides: integers(1, 2, 2, 1), padding: text('SAME'), data_format: text('NHWC') };
const x = [1, 4, 5, 4] as const;
const input = randomValues(80, 1);
const filter = randomValues(3 * 3 * 8 * 4, 2);

/** A model with a node `y` whose output has this size. */
function fixed(sizes: readonly number[], attr: TinyNode['attr'], filterShape: readonly number[]): TinyFiles {
  const size = filterShape.reduce((product, n) => product * n, 1);
  return tinyModel(
    [placeholder('x', x), { name: 'y', op: 'Conv2DBackpropInput', input: ['sizes', 'w', 'x'], attr }],
    [ints('sizes', sizes), floats('w', filterShape, filter.slice(0, size))],
  );
}

/** A model as Keras writes it: it takes batch, height and width from the input, and doubles height and width. */
function keras(): TinyFiles {
  const size = (name: string, at: number): TinyNode => ({
    name,
    op: 'StridedSlice',
    input: ['shape', `at${at}`, `at${at + 1}`, 'one'],
    attr: { T: whole, shrink_axis_mask: integer(1) },
  });
  return tinyModel(
    [
      placeholder('x', [-1, -1, -1, 4]),
      { name: 'shape', op: 'Shape', input: ['x'], attr: { T, out_type: whole } },
      size('batch', 0),
      size('rows', 1),
      size('columns', 2),
      { name: 'height', op: 'Mul', input: ['rows', 'two'], attr: { T: whole } },
      { name: 'width', op: 'Mul', input: ['columns', 'two'], attr: { T: whole } },
      {
        name: 'sizes',
        op: 'Pack',
        input: ['batch', 'height', 'width', 'out'],
        attr: { T: whole, N: integer(4), axis: integer(0) },
      },
      { name: 'sum', op: 'Conv2DBackpropInput', input: ['sizes', 'w', 'x'], attr: same2 },
      { name: 'biased', op: 'BiasAdd', input: ['sum', 'bias'], attr: { T, data_format: text('NHWC') } },
      { name: 'y', op: 'Relu', input: ['biased'], attr: { T } },
    ],
    [
      ...[0, 1, 2, 3].map((at) => ints(`at${at}`, [at])),
      ints('one', [1]),
      ints('two', [2], []),
      ints('out', [8], []),
      floats('w', [3, 3, 8, 4], filter),
      floats('bias', [8], randomValues(8, 3)),
    ],
  );
}

describe('Conv2DBackpropInput', () => {
  test('takes a size that is computed from the input, and is one dispatch with what follows it', async () => {
    const files = keras();
    const [{ shape, values }] = await runTensorFlow(files, { x: { shape: x, values: input } }, ['y']);
    using model = await loadGraphModel(gpu(), files);
    const compiled = await model.compile({ x: [...x] });
    expect(compiled.explain().map(({ kernel }) => kernel)).toEqual(['conv2dTranspose/tile']);
    using fed = gpu().tensor(input, x);
    using y = (await model.run({ x: fed })).y;
    expect(y.shape).toEqual(shape);
    expectClose(await y.read(), values, shape, 1e-5);
  });

  const explicit = { padding: text('EXPLICIT'), explicit_paddings: integers(0, 0, 1, 0, 0, 2, 0, 0) };

  // TensorFlow.js does not support groups, dilations or explicit padding here.
  test.for<[string, readonly number[], TinyNode['attr'], readonly number[], TransposeGeometry]>([
    ['groups', [1, 8, 10, 6], same2, [3, 3, 3, 4], { strides: 2, padding: 'same', groups: 2 }],
    ['dilations', [1, 8, 9, 8], { ...same2, strides: integers(1, 1, 1, 1), padding: text('VALID'), dilations: integers(1, 2, 2, 1) }, [3, 3, 8, 4], { dilations: 2 }], // prettier-ignore
    ['explicit padding', [1, 8, 9, 8], { ...same2, ...explicit }, [3, 3, 8, 4], { strides: 2, padding: [[1, 0], [0, 2]] }], // prettier-ignore
  ])('has %s', async ([, sizes, attr, filterShape, geometry]) => {
    const problem = transposeProblem('op', x, filterShape, { ...geometry, outputShape: sizes });
    using model = await loadGraphModel(gpu(), fixed(sizes, attr, filterShape));
    using y = (await model.run({ x: input })).y;
    expect(y.shape).toEqual(sizes);
    expectClose(await y.read(), transposeReference(problem, input, filter), sizes, 1e-5);
  });

  test('throws an error that says what is wrong with its node', async () => {
    const failure = async (sizes: readonly number[], attr: TinyNode['attr'] = same2): Promise<string> => {
      const { buffersInUse } = gpu().memory();
      const loading = loadGraphModel(gpu(), fixed(sizes, attr, [3, 3, 8, 4])).then(async (loaded) => {
        using model = loaded;
        return await model.run({ x: input });
      });
      const message = await rejectionOf(loading);
      expect(gpu().memory().buffersInUse).toBe(buffersInUse);
      return message;
    };
    expect(await failure([1, 8, 10, 8], { ...same2, data_format: text('NCHW_VECT_C') })).toMatchInlineSnapshot(
      `"loadGraphModel: node 'y' (Conv2DBackpropInput) cannot be computed: its data_format is 'NCHW_VECT_C'; what can be computed is NHWC and NCHW"`,
    );
    expect(await failure([8, 10])).toMatchInlineSnapshot(
      `"model.run: node 'y' (Conv2DBackpropInput) on [2], [3, 3, 8, 4], [1, 4, 5, 4]: its input_sizes are [8, 10]; what can be computed is [batch, height, width, channels]"`,
    );
    expect(await failure([1, 9, 10, 8])).toMatchInlineSnapshot(
      `"model.run: node 'y' (Conv2DBackpropInput) on [4], [3, 3, 8, 4], [1, 4, 5, 4]: conv2dTranspose: outputShape has height 9, which a convolution of 3 taps (stride 2, dilation 1, padding 'SAME') takes to 5, but the input has 4; choose 7 to 8"`,
    );
    expect(await failure([1, 8, 10, 12])).toMatchInlineSnapshot(
      `"model.run: node 'y' (Conv2DBackpropInput) on [4], [3, 3, 8, 4], [1, 4, 5, 4]: its input_sizes are [1, 8, 10, 12] but its filter gives 8 channels, which do not divide 12"`,
    );
    expect(await failure([1, 8, 10, 8], { ...same2, strides: integers(2, 2, 2, 1) })).toMatchInlineSnapshot(
      `"model.run: node 'y' (Conv2DBackpropInput) on [4], [3, 3, 8, 4], [1, 4, 5, 4]: its strides is [2, 2, 2, 1]; what can be computed is [1, height, width, 1]"`,
    );
  });
});
