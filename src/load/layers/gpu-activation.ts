/**
 * Activations by their Keras names, and the layers that are only an activation.
 *
 * @module
 * @see https://keras.io/api/layers/activations/
 */
import { show } from '../../conv/check';
import type { Activation } from '../../kernels/activation';
import { minimum, multiply, subtract } from '../../ops/binary';
import { activate } from '../../ops/elementwise';
import { logSoftmax, softmax } from '../../ops/softmax';
import { selu } from '../../ops/special';
import { exp, sign } from '../../ops/unary';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../dialect';
import { activation, mapped, operandIn } from '../gpu-ordered';
import type { GraphNode } from '../node';

/** Activations that a convolution applies at its end. */
const FUSED: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['linear', 'linear'],
  ['relu', 'relu'],
  ['relu6', 'relu6'],
  ['leaky_relu', { name: 'leakyRelu', alpha: 0.2 }],
  ['elu', 'elu'],
  ['sigmoid', 'sigmoid'],
  ['hard_sigmoid', { name: 'hardSigmoid', alpha: 0.2, beta: 0.5 }],
  ['tanh', 'tanh'],
  ['softplus', 'softplus'],
  ['softsign', 'softsign'],
  ['swish', 'silu'],
  ['silu', 'silu'],
  ['hard_swish', 'hardSwish'],
  ['hard_silu', 'hardSwish'],
  ['gelu', 'gelu'],
  ['gelu_new', { name: 'gelu', approximate: true }],
  ['mish', 'mish'],
]);

type Compute = (x: Tensor, scratch: GpuCall['scratch']) => Tensor;

/** Activations that are calls of their own: element by element, and along the last axis. */
const MAPS: ReadonlyMap<string, Compute> = new Map<string, Compute>([
  ['exponential', exp],
  ['selu', selu],
]);
const ROWS: ReadonlyMap<string, Compute> = new Map<string, Compute>([
  ['softmax', (x) => softmax(x)],
  ['log_softmax', (x) => logSoftmax(x)],
]);

/** The name of a layer's activation. */
function nameOf({ attributes }: GraphNode): string {
  return attributes.text('activation', 'linear');
}

/** Why a node's activation cannot be computed, if so. */
export function refusesActivation(node: GraphNode): string | undefined {
  const name = nameOf(node);
  const known = [FUSED, MAPS, ROWS].flatMap((some) => [...some.keys()]);
  return known.includes(name)
    ? undefined
    : `its activation is ${show(name)}; what can be computed is ${known.join(', ')}`;
}

/** The activation that a node's convolution has at its end; undefined if it is a call of its own or none. */
export function fusedActivation(node: GraphNode): { readonly activation?: Activation } {
  const of = FUSED.get(nameOf(node));
  return of === undefined || of === 'linear' ? {} : { activation: of };
}

/** A node's result, after an activation that is a call of its own. */
export function activated({ node, scratch }: GpuCall, y: Tensor): Tensor {
  const compute = MAPS.get(nameOf(node)) ?? ROWS.get(nameOf(node));
  return compute === undefined ? y : compute(scratch(y), scratch);
}

/** x clamped to the most, and the slope times x below 0. */
const relu: GpuOp = {
  refuses: ({ attributes }) =>
    attributes.number('threshold', 0) === 0
      ? undefined
      : 'its threshold is not 0; what can be computed is a threshold of 0',
  run: (call) =>
    mapped(call, 0, (x) => {
      const { attributes } = call.node;
      const most = attributes.numbers('max_value')?.[0];
      const slope = attributes.number('negative_slope', 0);
      if (slope === 0) return activate(x, most === undefined ? 'relu' : { name: 'clip', min: 0, max: most });
      const y = activate(x, { name: 'leakyRelu', alpha: slope });
      return most === undefined ? y : minimum(call.scratch(y), most);
    }),
};

/** By class. */
export const ACTIVATION_LAYERS: Readonly<Record<string, GpuOp>> = {
  Activation: {
    refuses: refusesActivation,
    run(call) {
      const name = nameOf(call.node);
      const row = ROWS.get(name);
      if (row !== undefined) return row(call.tensor(0), call.scratch);
      const compute = MAPS.get(name);
      return mapped(call, 0, (x) => compute?.(x, call.scratch) ?? activate(x, FUSED.get(name) ?? 'linear'));
    },
  },
  ReLU: relu,
  LeakyReLU: activation(({ attributes }) => ({
    name: 'leakyRelu',
    // Keras 3 has another word for it.
    alpha: attributes.number('alpha', attributes.number('negative_slope', 0.3)),
  })),
  ELU: activation(({ attributes }) => ({ name: 'elu', alpha: attributes.number('alpha', 1) })),
  // A slope per element, or the same along some axes.
  PReLU: {
    run(call) {
      const alpha = operandIn(call, 1, call.order(0));
      return mapped(call, 0, (x) => activate(x, { name: 'prelu', alpha }));
    },
  },
  Softmax: {
    refuses: ({ attributes }) =>
      (attributes.integers('axis') ?? [-1]).length === 1
        ? undefined
        : 'its axis is a list; what can be computed is one axis',
    run: ({ node: { attributes }, tensor }) => softmax(tensor(0), attributes.integers('axis')?.[0] ?? -1),
  },
  // x times 1 where it is above, times 0 elsewhere.
  ThresholdedReLU: {
    run: (call) =>
      mapped(call, 0, (x) => {
        const above = call.scratch(sign(call.scratch(subtract(x, call.node.attributes.number('theta', 1)))));
        return multiply(x, call.scratch(activate(above, 'relu')));
      }),
  },
};
