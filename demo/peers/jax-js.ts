/** jax-js: one jitted function of the whole layer, NCHW, the only layout it has. */
import { defaultDevice, getWebGPUDevice, init, jit, lax, nn, numpy, type Array as JaxArray } from '@jax-js/jax';
import { outputShape } from '../convolution';
import type { Problem, Stage } from '../problem';
import { filterToOihw, toNchw, toNhwc } from './layouts';
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

function plan({ layer: { input }, x, stages }: Problem): Plan {
  const [n, height, width, channels] = input;
  const values: Values[] = [
    { values: toNchw(x, input), shape: [n, channels, height, width] },
    ...stages.flatMap(({ filter, bias, conv: { filter: shape } }) => {
      const [rows, columns, perGroup, outputs] = shape;
      const weights = { values: filterToOihw(filter, shape), shape: [outputs, perGroup, rows, columns] };
      return bias === undefined ? [weights] : [weights, { values: Float32Array.from(bias), shape: [outputs, 1, 1] }];
    }),
  ];
  return {
    async prepare() {
      const layer = jit((first: JaxArray, ...weights: JaxArray[]) => chain(stages, first, weights));
      const inputs = values.map((v) => numpy.array(v.values, { shape: v.shape }));
      const [first, ...weights] = inputs;
      let last: JaxArray | undefined;
      return {
        async run() {
          last?.dispose();
          last = layer(first.ref, ...weights.map(({ ref }) => ref));
          // jax-js is lazy, and what is disposed of before this is never computed.
          await last.ref.gpuBuffer();
        },
        sync: () => getWebGPUDevice().queue.onSubmittedWorkDone(),
        async read() {
          const output = await last?.ref.data();
          return toNhwc(output as Float32Array, outputShape(stages[stages.length - 1].conv));
        },
        dispose() {
          for (const array of inputs) array.dispose();
          last?.dispose();
          layer.dispose();
        },
      };
    },
  };
}

/** The stages in turn; each use of an array consumes it. */
function chain(stages: readonly Stage[], x: JaxArray, weights: readonly JaxArray[]): JaxArray {
  let value = x;
  let next = 0;
  for (const { conv, bias, activation } of stages) {
    const { strides, dilations, groups } = conv;
    value = lax.convGeneralDilated(value, weights[next++], [strides, strides], 'SAME', {
      rhsDilation: [dilations, dilations],
      featureGroupCount: groups,
    });
    if (bias !== undefined) value = value.add(weights[next++]);
    if (activation === 'relu6') value = nn.relu6(value);
  }
  return value;
}
