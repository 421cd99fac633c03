/**
 * The topologies that different versions of Keras have written: the nodes that they become, and the errors for wrong ones.
 */
import { describe, expect, test } from 'vitest';
import { graphOfLayersFiles } from '../../src/load/layers/load-layers-model';
import { layersTopologyOf } from '../../src/load/layers/topology';
import { messageOf } from '../support/message';
import { generator } from '../support/random';

const input = (shape: unknown = [null, 4, 4, 3], more: object = {}): object => ({
  class_name: 'InputLayer',
  name: 'x',
  config: { name: 'x', batch_input_shape: shape, dtype: 'float32', ...more },
  inbound_nodes: [],
});
const layer = (kind: string, name: string, inbound: unknown, config: object = {}): object => ({
  class_name: kind,
  name,
  config: { name, ...config },
  inbound_nodes: inbound,
});
const functional = (layers: unknown, outputs: unknown, inputs: unknown = [['x', 0, 0]]): object => ({
  class_name: 'Functional',
  config: { name: 'm', layers, input_layers: inputs, output_layers: outputs },
});
const sequential = (...layers: object[]): object => ({ class_name: 'Sequential', config: { name: 's', layers } });
const read = (modelTopology: unknown, weights: readonly string[] = []): ReturnType<typeof layersTopologyOf> =>
  layersTopologyOf('load', { modelTopology }, weights);

/** Nodes as `name = op(inputs)`. */
function nodesOf(modelTopology: unknown, weights?: readonly string[]): string[] {
  const { topology } = read(modelTopology, weights);
  return [...topology.nodes.values()]
    .filter(({ op }) => op !== 'Const')
    .map(({ name, op, inputs }) => {
      const from = inputs.map((reference) => (reference === undefined ? '-' : reference.node));
      return `${name} = ${op}(${from.join(', ')})`;
    });
}

const relu = (name: string, ...from: unknown[]): object => layer('ReLU', name, from);

describe('a topology is read', () => {
  const y = ['x = Placeholder()', 'y = ReLU(x)'];

  test.for([
    ['of Keras 2', functional([input(), relu('y', [['x', 0, 0, {}]])], [['y', 0, 0]])],
    ['with all that is saved around it', { keras_version: '2.4.0', model_config: functional([input(), relu('y', [['x', 0, 0]])], [['y', 0, 0]]) }], // prettier-ignore
    ['of an old Model', { ...functional([input(), relu('y', [['x', 0, 0, {}]])], [['y', 0, 0]]), class_name: 'Model' }],
    [
      'of Keras 3',
      functional(
        [
          { ...input(), config: { name: 'x', batch_shape: [null, 4, 4, 3], dtype: { class_name: 'DTypePolicy', config: { name: 'float32' } } } }, // prettier-ignore
          relu('y', {
            args: [{ class_name: '__keras_tensor__', config: { shape: [null, 4, 4, 3], dtype: 'float32', keras_history: ['x', 0, 0] } }], // prettier-ignore
            kwargs: {},
          }),
        ],
        ['y', 0, 0],
        ['x', 0, 0],
      ),
    ],
    ['of layers in another order', functional([relu('y', [['x', 0, 0]]), input()], [['y', 0, 0]])],
    ['of a Sequential model', sequential(input(), { class_name: 'ReLU', config: { name: 'y' } })],
  ] as const)('%s', ([, topology]) => {
    expect(nodesOf(topology).toSorted()).toEqual(y);
    const { signature } = read(topology).topology;
    expect(signature?.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype }))).toEqual([
      { name: 'x', shape: [-1, 4, 4, 3], dtype: 'float32' },
    ]);
    expect(signature?.outputs).toEqual([{ name: 'y', reference: { node: 'y', output: 0 } }]);
  });

  test('of a Sequential model that is a list of layers, the first of which has the input shape', () => {
    const first = { class_name: 'ReLU', config: { name: 'y', batch_input_shape: [null, 5], dtype: 'int32' } };
    const topology = { class_name: 'Sequential', config: [first] };
    expect(nodesOf(topology)).toEqual(['y_input = Placeholder()', 'y = ReLU(y_input)']);
    expect(read(topology).topology.signature?.inputs[0]).toMatchObject({ shape: [-1, 5], dtype: 'int32' });
  });

  test('a layer that is called twice is two nodes with one set of weights', () => {
    const dense = layer('Dense', 'd', [[['x', 0, 0]], [['d', 0, 0]]]);
    const topology = functional([input([null, 3]), dense], [['d', 1, 0]]);
    expect(nodesOf(topology, ['d/kernel', 'd/bias'])).toEqual([
      'x = Placeholder()',
      'd = Dense(x, d/kernel, d/bias)',
      'd#1 = Dense(d, d/kernel, d/bias)',
    ]);
  });

  test.for([0, 1])('a model in a model is flattened, if its outputs are referred to by call %i', (first) => {
    const inner = functional(
      [input(), relu('r', [['x', 0, 0]]), relu('q', [['r', 0, 0]])],
      [['r', 0, 0], ['q', 0, 0]], // prettier-ignore
    );
    const model = { ...inner, name: 'inner', inbound_nodes: [[['x', 0, 0]]] };
    const add = layer('Add', 'sum', [[['inner', first, 0], ['inner', first, 1]]]); // prettier-ignore
    expect(nodesOf(functional([input(), model, add], [['sum', 0, 0]]))).toEqual([
      'x = Placeholder()',
      'inner/r = ReLU(x)',
      'inner/q = ReLU(inner/r)',
      'sum = Add(inner/r, inner/q)',
    ]);
  });

  test('a channels-first layer gets a transposition before and after it', () => {
    const conv = layer('Conv2D', 'c', [[['x', 0, 0]]], { data_format: 'channels_first', use_bias: false });
    expect(nodesOf(functional([input(), conv], [['c', 0, 0]]), ['c/kernel'])).toEqual([
      'x = Placeholder()',
      'c/ChannelsLast = ChannelsLast(x)',
      'c/Conv2D = Conv2D(c/ChannelsLast, c/kernel, -)',
      'c = ChannelsFirst(c/Conv2D)',
    ]);
  });

  test.for([
    ['a name', 'relu', 'relu'],
    ['a function', { class_name: 'function', config: 'relu' }, 'relu'],
    ['a class with the name of a function', { class_name: 'relu', config: {} }, 'relu'],
    ['nothing', null, 'linear'],
  ] as const)('an activation is %s', ([, activation, name]) => {
    const { nodes } = read(functional([input(), layer('Dense', 'd', [[['x', 0, 0]]], { activation })], [['d', 0, 0]])).topology; // prettier-ignore
    expect(nodes.get('d')?.attributes.text('activation', '')).toBe(name);
  });

  test('an activation that is a layer is a node', () => {
    const activation = { class_name: 'LeakyReLU', config: { alpha: 0.1 } };
    const conv = layer('Dense', 'd', [[['x', 0, 0]]], { activation, use_bias: false });
    const topology = functional([input(), conv], [['d', 0, 0]]);
    expect(nodesOf(topology, ['d/kernel']).slice(1)).toEqual(['d/Dense = Dense(x, d/kernel, -)', 'd = LeakyReLU(d/Dense)']); // prettier-ignore
    expect(read(topology).topology.nodes.get('d')?.attributes.number('alpha', 0)).toBe(0.1);
  });
});

describe('weights are found', () => {
  const inner = { ...sequential({ class_name: 'Dense', config: { name: 'd', batch_input_shape: [null, 3] } }) };
  const nested = sequential(input([null, 3]), { ...inner, name: 'inner' });

  test.for([
    ['by layer', ['d/kernel', 'd/bias']],
    ['by the models around the layer', ['inner/d/kernel', 'inner/d/bias']],
    ['by a model that the topology lacks', ['outer/d/kernel', 'outer/d/bias']],
    ['with a cell in between', ['d/cell/kernel', 'd/cell/bias']],
    ['by number', ['d/0', 'd/1']],
    ['by number, as Keras 3 has them', ['inner/layers/d/vars/0', 'inner/layers/d/vars/1']],
    ['by number, below dependencies', ['_layer_checkpoint_dependencies/inner/_layer_checkpoint_dependencies/d/vars/0', '_layer_checkpoint_dependencies/inner/_layer_checkpoint_dependencies/d/vars/1']], // prettier-ignore
  ] as const)('%s', ([, weights]) => {
    expect(nodesOf(nested, weights).at(-1)).toBe(`inner/d = Dense(x, ${weights.join(', ')})`);
  });

  test('not if two other models have a weight of that name', () => {
    const [, kernel] = read(nested, ['a/d/kernel', 'b/d/kernel']).topology.nodes.get('inner/d')!.inputs;
    expect(kernel).toEqual({ node: 's/inner/d/kernel'.slice(2), output: 0 });
  });
});

describe('an error says what is wrong', () => {
  const sum = (from: unknown): object => functional([input(), layer('Add', 'y', [from])], [['y', 0, 0]]);

  test.for([
    ['a graph model', { node: [] }, 'loadGraphModel'],
    ['no model at all', {}, 'class_name'],
    ['a layer instead of a model', layer('Dense', 'd', []), "'Dense'"],
    ['a layer without a class', functional([{ name: 'y' }], [['y', 0, 0]]), 'class_name'],
    ['layers that are no list', functional('x', [['y', 0, 0]]), 'list'],
    ['two layers of one name', functional([input(), relu('y', [['x', 0, 0]]), relu('y', [['x', 0, 0]])], [['y', 0, 0]]), "two layers 'y'"], // prettier-ignore
    ['a layer that is not there', sum([['z', 0, 0]]), "no layer 'z'"],
    ['a call that is not there', sum([['x', 1, 0]]), 'call 1 of layer'],
    ['a reference without a name', sum([[0, 0, 0]]), '[layer, call, output]'],
    ['an index below 0', sum([['x', -1, 0]]), 'at least 0'],
    ['no outputs', functional([input()], []), 'no output_layers'],
    ['an input that is no InputLayer', functional([relu('x', [])], [['x', 0, 0]]), 'no InputLayer'],
    ['texts for an input', functional([input([null, 3], { dtype: 'string' }), relu('y', [['x', 0, 0]])], [['y', 0, 0]]), 'string'], // prettier-ignore
    ['a Sequential model of nothing', sequential(), 'no layers'],
    ['an activation that is a number', functional([input(), layer('Dense', 'y', [[['x', 0, 0]]], { activation: 7 })], [['y', 0, 0]]), 'activation is 7'], // prettier-ignore
  ] as const)('%s', ([, topology, words]) => {
    const message = messageOf(() => read(topology));
    expect(message).toContain('load: ');
    expect(message).toContain(words);
  });

  test('models nested too deep, and models that call each other too often', () => {
    const deep = (depth: number): object =>
      depth === 0
        ? { ...sequential(input()), name: 'end' }
        : sequential(input(), { ...deep(depth - 1), name: `m${depth}` });
    expect(messageOf(() => read(deep(12)))).toContain('too deep');
    const twice = (depth: number): object => {
      const calls = [[['x', 0, 0]], ...Array.from({ length: 30 }, () => [['x', 0, 0]])];
      const inner = depth === 0 ? relu('r', ...calls) : { ...twice(depth - 1), name: 'r', inbound_nodes: calls };
      return functional([input(), inner], [['r', 0, 0]]);
    };
    expect(messageOf(() => read(twice(5)))).toContain('more than 16384');
  });
});

test('a file that is damaged anywhere is refused in words, or makes a graph', () => {
  const inner = sequential(
    { class_name: 'Conv2D', config: { name: 'c', batch_input_shape: [null, 4, 4, 3], data_format: 'channels_first', padding: 'same', activation: { class_name: 'LeakyReLU', config: { alpha: 0.1 } } } }, // prettier-ignore
    { class_name: 'BatchNormalization', config: { name: 'n', axis: [1], scale: false } },
  );
  const modelTopology = functional(
    [
      input(),
      layer('Rescaling', 's', [[['x', 0, 0]]], { scale: [1, 2, 3], offset: 0 }),
      { ...inner, name: 'inner', inbound_nodes: [[['s', 0, 0, {}]], [['x', 0, 0, {}]]] },
      layer('Add', 'y', [[['inner', 1, 0], ['inner', 2, 0]]]), // prettier-ignore
      layer('Flatten', 'f', [{ args: [{ class_name: '__keras_tensor__', config: { keras_history: ['y', 0, 0] } }] }]),
    ],
    [['y', 0, 0]],
  );
  const shapes = { 'c/kernel': [3, 3, 4, 2], 'c/bias': [2], 'n/beta': [2], 'n/moving_mean': [2], 'n/moving_variance': [2] }; // prettier-ignore
  const weights = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
  const model = { format: 'layers-model', modelTopology, weightsManifest: [{ paths: ['w.bin'], weights }] };
  const bytes = new Uint8Array(4 * (72 + 2 * 4));
  const nodesIn = (damaged: object): number =>
    graphOfLayersFiles('load', { model: damaged, weights: bytes }).nodes.length;
  expect(nodesIn(model)).toBeGreaterThan(6);

  const junk = [null, true, -1, 0, 1.5, 1e300, '', 'x', 'y', 'inner', '__proto__', 'constructor', 'channels_first', [], {}, [[]], { class_name: 'Sequential' }, { class_name: 'ReLU', config: {} }, 'é'.repeat(3000)]; // prettier-ignore
  const next = generator(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const place = (root: object): readonly [Record<string, unknown>, string] => {
    let at = root as Record<string, unknown>;
    for (;;) {
      const key = pick(Object.keys(at));
      const value = at[key];
      if (typeof value !== 'object' || value === null || Object.keys(value).length === 0 || next() < 0.1)
        return [at, key];
      at = value as Record<string, unknown>;
    }
  };
  const messages: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const damaged = structuredClone(model);
    const [at, key] = place(damaged);
    const [from, other] = place(damaged);
    const kind = next();
    if (kind < 0.25) delete at[key];
    else at[key] = kind < 0.7 ? pick(junk) : structuredClone(from[other]);
    try {
      nodesIn(damaged);
    } catch (error) {
      messages.push(String(error));
    }
  }
  for (const message of messages) expect(message).toMatch(/^Error: load: [^]{1,4000}$/);
  expect(messages.length).toBeGreaterThan(600);
});
