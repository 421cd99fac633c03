/**
 * The layers of the demo as dispatches: for each the kernel that the library chooses on hardware, with its default tile or
 * with all of them. Loaded through Vite, since the kernels import their shaders.
 */
import { minimumBytes, outputAxis, outputShape, sizeOf, termsOf, type Convolution } from '../../demo/convolution';
import type { Layer } from '../../demo/layer';
import { problemOf as numbersOf, type Stage } from '../../demo/problem';
import { selectionOf } from '../../demo/selection';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { activationCode } from '../../src/kernels/activation';
import { byRule } from '../../src/kernels/choice';
import { conv2d, depthwise, grouped, pointwise, type Convolution as Operation } from '../../src/kernels/convolutions';
import type { Epilogue } from '../../src/kernels/epilogue';
import { addKernelsForTuner } from '../../src/kernels/for-tuner';
import { canRun, type Target } from '../../src/kernels/kernel';
import { kernelsFor } from '../../src/kernels/late';
import { profileOf } from '../../src/kernels/profile';
import { separableFused } from '../../src/kernels/separable';
import type { Tile } from '../../src/step';
import { randomValues } from '../../test/support/random';
import type { Dispatch } from './simulate';
import type { Work } from './work';

export interface Job extends Work {
  readonly dispatch: Dispatch;
  readonly kernel: string;
  /** `4x2`; empty where the kernel has no tiles. */
  readonly tile: string;
  readonly isDefault: boolean;
  /** Says what is wrong with the outputs that were written; the other outputs are NaN. */
  readonly check: (contents: (binding: number) => ArrayBuffer) => string | undefined;
}

/** Hardware with limits that no layer here meets. */
export const TARGET: Target = {
  profile: profileOf({ vendor: 'amd' }),
  features: new Set(['subgroups']),
  limits: {
    maxBufferSize: 2 ** 31,
    maxStorageBufferBindingSize: 2 ** 31,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxComputeInvocationsPerWorkgroup: 256,
    minStorageBufferOffsetAlignment: 256,
  },
};

addKernelsForTuner();

/** @throws if no layer matches the filter */
export function layerJobs(filter: string, allTiles: boolean): Job[] {
  return selectionOf({ filter, quick: false }).layers.flatMap((layer) => jobsOf(layer, allTiles));
}

/** The jobs of one layer; the two halves of a separable one are jobs of their own. */
export function jobsOf(layer: Layer, allTiles: boolean): Job[] {
  const { stages } = numbersOf(layer);
  const halves = stages.length === 1 ? [''] : [', depthwise', ', pointwise'];
  const times = layer.count > 1 ? ` x${layer.count}` : '';
  const halfJobs = stages.flatMap((stage, i) => {
    const name = `${layer.name}${halves[i]}${times}`;
    const [problem, operation] = i === 0 ? problemOf(layer) : pointwiseOf(stage.conv);
    return stageJobs({ family: layer.family, layer: name }, stage, problem, operation, allTiles);
  });
  return [...halfJobs, ...fusedJobs(layer, stages)];
}

/** A separable layer in one dispatch, where there is a kernel for it. */
function fusedJobs(layer: Layer, stages: readonly Stage[]): Job[] {
  const [first, second] = stages;
  if (layer.op !== 'separableConv2d') return [];
  const pair = { depthwise: problemOf(layer)[0], pointwise: pointwiseOf(second.conv)[0], between: [] };
  if (!separableFused.supports(pair)) return [];
  const step = separableFused.step(pair, {}, epilogueOf(second), TARGET);
  const { x, weights } = valuesOf(first);
  const middle = middleOf(first);
  const { weights: mix, bias } = valuesOf(second);
  const outputs = sizeOf(outputShape(second.conv));
  const data: Readonly<Record<string, ArrayBufferView>> = {
    x,
    weights,
    mix,
    bias,
    p: step.uniforms,
    output: new Float32Array(outputs).fill(NaN),
  };
  const { bindings } = step;
  const output = bindings.find(({ access }) => access === 'read_write')?.binding ?? 0;
  const minimum = minimumBytes(stages.map(({ conv }) => conv));
  return [
    {
      family: layer.family,
      layer: `${layer.name}, fused`,
      outputs,
      minimumBytes: minimum,
      multiplyAdds: usefulMultiplyAdds(first.conv) + usefulMultiplyAdds(second.conv),
      kernel: separableFused.name,
      tile: '',
      isDefault: separableFused.suits?.(pair, TARGET) ?? true,
      dispatch: {
        code: step.wgsl,
        grid: step.grid,
        bindings: new Map(bindings.map(({ binding, name }) => [binding, data[name]])),
        minimumBytes: minimum,
      },
      check: (contents) =>
        mismatchOf(second, { x: middle.values, weights: mix, bias }, new Float32Array(contents(output)), middle.error),
    },
  ];
}

/** The first of two stages: its output, and the largest error that float32 may have anywhere. */
function middleOf(stage: Stage): { readonly values: Float32Array; readonly error: number } {
  const values = new Float32Array(sizeOf(outputShape(stage.conv)));
  const numbers = valuesOf(stage);
  let error = 0;
  for (const place of values.keys()) {
    const { sum, bound } = outputAt(stage.conv, numbers, place);
    values[place] = sum;
    error = Math.max(error, bound);
  }
  return { values, error };
}

/** The values are computed once for all tiles. */
function stageJobs(
  names: Pick<Work, 'family' | 'layer'>,
  stage: Stage,
  problem: ConvProblem,
  operation: Operation,
  allTiles: boolean,
): Job[] {
  const { conv } = stage;
  const epilogue = epilogueOf(stage);
  const choice = byRule({ operation, kernels: operation.kernels, problem, epilogue }, TARGET);
  const usual = operation.kernels.find(({ name }) => name === choice.kernel.name)!;
  const values = valuesOf(stage);
  const work = {
    ...names,
    outputs: sizeOf(outputShape(conv)),
    minimumBytes: minimumBytes([conv]),
    multiplyAdds: usefulMultiplyAdds(conv),
  };
  // For comparison, also those of the kernels that only the tuner tries.
  const others = kernelsFor(operation.name).filter((other) => canRun(other, problem, TARGET));
  const candidates = allTiles
    ? [usual, ...others].flatMap((one) => one.tiles(problem, TARGET).map((tile) => ({ kernel: one, tile })))
    : [{ kernel: usual, tile: choice.tile }];
  return candidates.map(({ kernel, tile }) => {
    const step = kernel.step(problem, tile, epilogue, TARGET);
    const data: Readonly<Record<string, ArrayBufferView>> = {
      ...values,
      p: step.uniforms,
      output: new Float32Array(work.outputs).fill(NaN),
    };
    const { bindings } = step;
    const output = bindings.find(({ access }) => access === 'read_write')?.binding ?? 0;
    return {
      ...work,
      kernel: kernel.name,
      tile: tileText(tile),
      isDefault: kernel.name === choice.kernel.name && tileText(tile) === tileText(choice.tile),
      dispatch: {
        code: step.wgsl,
        grid: step.grid,
        bindings: new Map(bindings.map(({ binding, name }) => [binding, data[name]])),
        minimumBytes: work.minimumBytes,
      },
      check: (contents) => mismatchOf(stage, values, new Float32Array(contents(output))),
    };
  });
}

function epilogueOf({ bias, activation }: Stage): Epilogue {
  return [
    ...(bias === undefined ? [] : [{ kind: 'bias' } as const]),
    ...(activation === 'linear' ? [] : [{ kind: 'activation', code: activationCode('isa', activation) } as const]),
  ];
}

/** `4x2` for { TILE_WIDTH: 4, TILE_HEIGHT: 2, LANES: 4 }. Knobs other than the tile's sizes and four lanes are named. */
function tileText(tile: Tile): string {
  const isSize = (knob: string): boolean => knob.startsWith('TILE_');
  const sizes = Object.keys(tile)
    .filter(isSize)
    .map((knob) => tile[knob]);
  const others = Object.keys(tile).filter((knob) => !isSize(knob) && !(knob === 'LANES' && tile[knob] === 4));
  return [sizes.join('x'), ...others.map((knob) => `${knob.toLowerCase()} ${tile[knob]}`)].join(' ').trim();
}

function problemOf({ op, input, filter, strides, dilations, groups }: Layer): [ConvProblem, Operation] {
  const geometry = { strides, dilations, padding: 'same' } as const;
  switch (op) {
    case 'conv2d':
      return [conv2dProblem(op, input, filter, geometry), conv2d];
    case 'depthwiseConv2d':
    case 'separableConv2d':
      return [depthwiseProblem(op, input, filter, geometry), depthwise];
    case 'pointwiseConv2d':
      return [pointwiseProblem(op, input, filter, geometry), pointwise];
    case 'groupedConv2d':
      return [groupedProblem(op, input, filter, { ...geometry, groups }), grouped];
  }
}

function pointwiseOf({ input, filter }: Convolution): [ConvProblem, Operation] {
  return [pointwiseProblem('separableConv2d', input, filter, {}), pointwise];
}

interface Values {
  readonly x: Float32Array;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

function valuesOf({ conv, filter, bias }: Stage): Values & Readonly<Record<string, Float32Array>> {
  const none = new Float32Array(conv.filter[3]);
  return { x: randomValues(sizeOf(conv.input), 1), weights: filter, bias: bias ?? none };
}

/** Multiply-adds of the taps that fall on the input. A kernel may skip the others. */
function usefulMultiplyAdds(conv: Convolution): number {
  const taps = ([1, 2] as const).map((axis) => {
    const { size, before } = outputAxis(conv, axis);
    let count = 0;
    for (let out = 0; out < size; out++) {
      for (let tap = 0; tap < conv.filter[axis - 1]; tap++) {
        const at = out * conv.strides + tap * conv.dilations - before;
        if (at >= 0 && at < conv.input[axis]) count++;
      }
    }
    return count;
  });
  return conv.input[0] * taps[0] * taps[1] * conv.filter[2] * conv.filter[3];
}

/** How many outputs are compared. */
const SAMPLES = 500;

/** @param carried how much each input may be off */
function mismatchOf(
  { conv, activation }: Stage,
  values: Values,
  actual: Float32Array,
  carried = 0,
): string | undefined {
  const written = Array.from(actual.keys()).filter((i) => !Number.isNaN(actual[i]));
  if (written.length === 0) return 'no output was written';
  const stride = Math.max(1, Math.floor(written.length / SAMPLES));
  for (let i = 0; i < written.length; i += stride) {
    const place = written[i];
    const { sum, bound, gain } = outputAt(conv, values, place);
    const expected = activation === 'relu6' ? Math.min(Math.max(sum, 0), 6) : sum;
    if (Math.abs(actual[place] - expected) > bound + carried * gain)
      return `output ${place} is ${actual[place]} instead of ${expected}`;
  }
  return undefined;
}

/** One output before relu6 in float64, its error bound in float32, and the error that an error of 1 in x causes. */
function outputAt(
  conv: Convolution,
  { x, weights, bias }: Values,
  place: number,
): { sum: number; bound: number; gain: number } {
  const [, height, width, channels] = conv.input;
  const [filterHeight, filterWidth, perGroup, outChannels] = conv.filter;
  const rows = outputAxis(conv, 1);
  const columns = outputAxis(conv, 2);
  const o = place % outChannels;
  const outX = Math.floor(place / outChannels) % columns.size;
  const outY = Math.floor(place / outChannels / columns.size) % rows.size;
  const n = Math.floor(place / outChannels / columns.size / rows.size);
  const first = Math.floor(o / (outChannels / conv.groups)) * perGroup;
  let sum = bias[o];
  let magnitude = Math.abs(sum);
  let gain = 0;
  for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
    const inY = outY * conv.strides + Math.floor(tap / filterWidth) * conv.dilations - rows.before;
    const inX = outX * conv.strides + (tap % filterWidth) * conv.dilations - columns.before;
    if (inY < 0 || inY >= height || inX < 0 || inX >= width) continue;
    for (let c = 0; c < perGroup; c++) {
      const term =
        x[((n * height + inY) * width + inX) * channels + first + c] * weights[(tap * perGroup + c) * outChannels + o];
      sum += term;
      magnitude += Math.abs(term);
    }
  }
  return { sum, bound: (termsOf(conv) + 1) * 2 ** -23 * magnitude, gain };
}
