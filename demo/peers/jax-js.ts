/** jax-js: one jitted function of the whole network, in NCHW, its only layout. */
import { defaultDevice, getWebGPUDevice, init, jit, lax, nn, numpy, type Array as JaxArray } from '@jax-js/jax';
import { zerosAround } from '../convolution';
import type { Model, Weights } from '../networks/model';
import { NORM_EPSILON, readBy, type LayerActivation, type NetworkLayer } from '../networks/network';
import { dimensions, filterToOihw, toNchw, toNhwc } from './layouts';
import type { Plan, Strategy } from './strategy';

/** Numbers that are not uploaded yet. */
interface Values {
  readonly values: Float32Array<ArrayBuffer>;
  readonly shape: number[];
}

export async function open(): Promise<Strategy> {
  const devices = await init('webgpu');
  if (!devices.includes('webgpu')) throw new Error('its webgpu backend does not start');
  defaultDevice('webgpu');
  return { plan };
}

function plan({ network: { layers }, x, weights }: Model): Plan {
  const image = { values: toNchw(x, layers[0].shape), shape: [...dimensions(layers[0].shape, 'NCHW')] };
  const parameters = layers.map((layer, i) => parametersOf(layer, weights[i]));
  const counts = parameters.map(({ length }) => length);
  return {
    async prepare() {
      const network = jit((first: JaxArray, ...rest: JaxArray[]) => chain(layers, counts, first, rest));
      const inputs = [image, ...parameters.flat()].map(({ values, shape }) => numpy.array(values, { shape }));
      const [first, ...rest] = inputs;
      let last: JaxArray | undefined;
      return {
        async run() {
          last?.dispose();
          last = network(first.ref, ...rest.map(({ ref }) => ref));
          // jax-js is lazy, so it never computes an array that is disposed before this.
          await last.ref.gpuBuffer();
        },
        sync: () => getWebGPUDevice().queue.onSubmittedWorkDone(),
        async read() {
          const output = await last?.ref.data();
          return toNhwc(output as Float32Array, layers[layers.length - 1].shape);
        },
        dispose() {
          for (const array of inputs) array.dispose();
          last?.dispose();
          network.dispose();
        },
      };
    },
  };
}

/** A layer's filter and bias, or scale and offset; the channels are not the last axis in either. */
function parametersOf(layer: NetworkLayer, weights?: Weights): readonly Values[] {
  if (weights === undefined) return [];
  const { filter, bias } = weights;
  const perChannel = (values: Float32Array): Values => ({
    values: Float32Array.from(values),
    shape: [values.length, 1, 1],
  });
  const shifts = bias === undefined ? [] : [perChannel(bias)];
  if (layer.kind !== 'conv') return [perChannel(filter), ...shifts];
  const [rows, columns, perGroup, outputs] = layer.conv.filter;
  return [{ values: filterToOihw(filter, layer.conv.filter), shape: [outputs, perGroup, rows, columns] }, ...shifts];
}

/**
 * The layers in turn, with the number of parameters of each. Each use of an array consumes it, and several layers may read one.
 */
function chain(
  layers: readonly NetworkLayer[],
  counts: readonly number[],
  x: JaxArray,
  parameters: readonly JaxArray[],
): JaxArray {
  const values = [x];
  let used = 0;
  for (let i = 1; i < layers.length; i++) {
    const [first, second] = readBy(layers[i]).map((place) => values[place].ref);
    values.push(computed(layers[i], first, second, parameters.slice(used, used + counts[i])));
    used += counts[i];
  }
  const last = values.pop() as JaxArray;
  for (const value of values) value.dispose();
  return last;
}

function computed(
  layer: NetworkLayer,
  x: JaxArray,
  other: JaxArray | undefined,
  [filter, bias]: readonly (JaxArray | undefined)[],
): JaxArray {
  switch (layer.kind) {
    case 'input':
      return x;
    case 'conv': {
      const { strides, dilations, groups } = layer.conv;
      const sums = lax.convGeneralDilated(x, filter as JaxArray, [strides, strides], 'SAME', {
        rhsDilation: [dilations, dilations],
        featureGroupCount: groups,
      });
      const added = [bias, other].filter((it) => it !== undefined);
      return ACTIVATIONS[layer.activation](added.reduce((sum, it) => sum.add(it), sums));
    }
    case 'maxPool': {
      const { strides, filter: window } = layer.window;
      // The pooled values are never negative, so zeros around them change nothing.
      const [rows, columns] = ([1, 2] as const).map((axis) => zerosAround(layer.window, axis));
      const padded = numpy.pad(x, [[0, 0], [0, 0], rows, columns]); // prettier-ignore
      return lax.reduceWindow(padded, (taps) => numpy.max(taps), [window[0], window[1]], [strides, strides]);
    }
    case 'mean':
      return numpy.mean(x, [2, 3], { keepdims: true });
    case 'scale':
      return x.mul(other as JaxArray);
    case 'layerNorm':
      return nn
        .standardize(x, 1, { epsilon: NORM_EPSILON })
        .mul(filter as JaxArray)
        .add(bias as JaxArray);
  }
}

const ACTIVATIONS: Readonly<Record<LayerActivation, (x: JaxArray) => JaxArray>> = {
  linear: (x) => x,
  relu: nn.relu,
  relu6: nn.relu6,
  hardSwish: nn.hardSwish,
  hardSigmoid: nn.hardSigmoid,
  gelu: (x) => nn.gelu(x, { approximate: false }),
};
