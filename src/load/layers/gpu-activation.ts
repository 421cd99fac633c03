/**
 * Activations by the names that Keras has for them, and the layers that are nothing else.
 *
 * @module
 * @see https://keras.io/api/layers/activations/
 */
import { check, show } from '../../conv/check';
import type { Activation } from '../../kernels/activation';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, GpuOp } from '../gpu-call';
import type { GraphNode } from '../topology';

/** Those that a convolution does at its end. */
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

/** Of Klambauer et al.: elu with this alpha, times this. */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 } as const;

type Compute = (call: GpuCall, x: Tensor) => Tensor;

/** Those that are calls of their own. */
const APART: ReadonlyMap<string, Compute> = new Map<string, Compute>([
  ['softmax', ({ ops }, x) => ops.softmax(x)],
  ['exponential', ({ ops }, x) => ops.exp(x)],
  [
    'selu',
    ({ ops, scratch }, x) => ops.multiply(scratch(ops.activate(x, { name: 'elu', alpha: SELU.alpha })), SELU.scale),
  ],
  ['log_softmax', logSoftmax],
]);

function logSoftmax({ ops, scratch }: GpuCall, x: Tensor): Tensor {
  const apart = scratch(ops.subtract(x, scratch(ops.reduceMax(x, -1, { keepDims: true }))));
  const sum = scratch(ops.reduceSum(scratch(ops.exp(apart)), -1, { keepDims: true }));
  return ops.subtract(apart, scratch(ops.log(sum)));
}

/** The name of a layer's activation. */
function nameOf({ attributes }: GraphNode): string {
  return attributes.text('activation', 'linear');
}

/** Why a node's activation cannot be computed, if so. */
export function refusesActivation(node: GraphNode): string | undefined {
  const name = nameOf(node);
  return FUSED.has(name) || APART.has(name)
    ? undefined
    : `its activation is ${show(name)}; what can be computed is ${[...FUSED.keys(), ...APART.keys()].join(', ')}`;
}

/** The activation that a node's convolution has at its end; undefined if it is a call of its own or none. */
export function fusedActivation(node: GraphNode): { readonly activation?: Activation } {
  const activation = FUSED.get(nameOf(node));
  return activation === undefined || activation === 'linear' ? {} : { activation };
}

/** A node's result, after an activation that is a call of its own. */
export function activated(call: GpuCall, y: Tensor): Tensor {
  const compute = APART.get(nameOf(call.node));
  return compute === undefined ? y : compute(call, call.scratch(y));
}

const activation = (of: (node: GraphNode) => Activation, refuses?: GpuOp['refuses']): GpuOp => ({
  refuses,
  run: ({ node, ops, tensor }) => ops.activate(tensor(0), of(node)),
});

/** x from the threshold on, up to the most; the slope times what it is below the threshold otherwise. */
const relu: GpuOp = {
  refuses: ({ attributes }) =>
    attributes.number('threshold', 0) === 0
      ? undefined
      : 'its threshold is not 0; what can be computed is a threshold of 0',
  run({ node: { attributes }, ops, tensor, scratch }) {
    const most = attributes.numbers('max_value')?.[0];
    const slope = attributes.number('negative_slope', 0);
    const x = tensor(0);
    if (slope === 0) return ops.activate(x, most === undefined ? 'relu' : { name: 'clip', min: 0, max: most });
    const y = ops.activate(x, { name: 'leakyRelu', alpha: slope });
    return most === undefined ? y : ops.minimum(scratch(y), most);
  },
};

/** Along some axis; a list of one is that one. */
const softmax: GpuOp = {
  refuses: ({ attributes }) =>
    (attributes.integers('axis') ?? [-1]).length === 1
      ? undefined
      : 'its axis is a list; what can be computed is one axis',
  run: ({ node: { attributes }, ops, tensor }) => ops.softmax(tensor(0), attributes.integers('axis')?.[0] ?? -1),
};

/** By class. */
export const ACTIVATION_LAYERS: Readonly<Record<string, GpuOp>> = {
  Activation: {
    refuses: refusesActivation,
    run(call) {
      const { node, ops, tensor } = call;
      const compute = APART.get(nameOf(node));
      return compute?.(call, tensor(0)) ?? ops.activate(tensor(0), FUSED.get(nameOf(node)) ?? 'linear');
    },
  },
  ReLU: relu,
  LeakyReLU: activation(({ attributes }) => ({
    name: 'leakyRelu',
    // Keras 3 has another word for it.
    alpha: attributes.number('alpha', attributes.number('negative_slope', 0.3)),
  })),
  ELU: activation(({ attributes }) => ({ name: 'elu', alpha: attributes.number('alpha', 1) })),
  PReLU: { run: ({ ops, tensor }) => ops.activate(tensor(0), { name: 'prelu', alpha: tensor(1) }) },
  Softmax: softmax,
  // x times 1 where it is above, times 0 elsewhere.
  ThresholdedReLU: {
    run({ node: { attributes }, ops, tensor, scratch }) {
      const above = scratch(ops.sign(scratch(ops.subtract(tensor(0), attributes.number('theta', 1)))));
      return ops.multiply(tensor(0), scratch(ops.activate(above, 'relu')));
    },
  },
};
