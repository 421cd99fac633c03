/** Compares whole networks with float64 loops. They are small versions of the benchmark's networks. */
import { expect, test } from 'vitest';
import { multiplyAdds } from '../../demo/convolution';
import { networkCalls } from '../../demo/networks/library-calls';
import { modelOf } from '../../demo/networks/model';
import type { Network } from '../../demo/networks/network';
import { NETWORKS } from '../../demo/networks/networks';
import { networkReference } from '../../demo/networks/reference';
import * as library from '../../src/index';
import { compile } from '../../src/index';
import { useGpu } from '../support/gpu';

const gpu = useGpu();

/** Millions of multiply-adds at 224 x 224, as counted in the papers and by torchvision. */
const PUBLISHED: Readonly<Record<string, number>> = {
  mobileNetV1: 569,
  mobileNetV2: 301,
  mobileNetV3Small: 57,
  mobileNetV3Large: 217,
  efficientNetLite0: 385,
  resNeXt50_32x4d: 4230,
  convNeXtTiny: 4456,
};

/** ConvNeXt has 59 convolutions, one mean, and 23 layer norms that take one dispatch each. */
const MOST_DISPATCHES: Readonly<Record<string, number>> = { convNeXtTiny: 83 };

/** The distance from 1 to the next float32. */
const EPSILON = 2 ** -23;

test.for(Object.entries(NETWORKS))('%s has the published size', ([name, build]) => {
  expect(Math.round(multiplyAddsOf(build()) / 1e6)).toBe(PUBLISHED[name]);
});

test.for(Object.entries(NETWORKS))('%s: a small one is what float64 loops give', async ([, build]) => {
  const network = build({ width: 0.25, resolution: 32, classes: 10 });
  const { layers } = network;
  const model = modelOf(network);
  const values = networkReference(model);
  // The numbers neither vanish nor explode on the way, so a mistake in any layer shows at the end.
  const sizes = values.map(rootMeanSquare);
  expect(Math.min(...sizes)).toBeGreaterThan(0.1);
  expect(Math.max(...sizes)).toBeLessThan(5);

  const calls = networkCalls(library, gpu(), model);
  using program = await compile(gpu(), { x: layers[0].shape }, ({ x }) => calls.call(x));
  calls.dispose();
  using result = program.run({ x: model.x });
  const expected = values[layers.length - 1];
  const actual = await result.read();
  expect(result.shape).toEqual(layers[layers.length - 1].shape);
  expect(actual).toHaveLength(expected.length);
  const error = rootMeanSquare(expected.map((v, i) => v - actual[i])) / rootMeanSquare(expected);
  // Each layer adds an error of about one rounding, and these errors add up like squares. SwiftShader reaches 0.4 to 0.9 of
  // the bound.
  expect(error).toBeLessThan(4 * EPSILON * Math.sqrt(layers.length));
});

test.for(Object.entries(NETWORKS))('%s: bias, residual and activation fuse as calls, too', async ([, build]) => {
  const network = build({ width: 0.25, resolution: 32, classes: 10 });
  const { layers } = network;
  const model = modelOf(network);
  const results: ArrayLike<number>[] = [];
  const dispatches: number[] = [];
  for (const isPlain of [false, true]) {
    const calls = networkCalls(library, gpu(), model, isPlain);
    using program = await compile(gpu(), { x: layers[0].shape }, ({ x }) => calls.call(x));
    calls.dispose();
    using result = program.run({ x: model.x });
    results.push(await result.read());
    dispatches.push(program.dispatches.run);
  }
  expect(dispatches[1]).toBe(dispatches[0]);
  expect(dispatches[0]).toBeLessThanOrEqual(MOST_DISPATCHES[network.name] ?? Infinity);
  expect(results[1]).toEqual(results[0]);
});

function multiplyAddsOf({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + (layer.kind === 'conv' ? multiplyAdds(layer.conv) : 0), 0);
}

function rootMeanSquare(values: ArrayLike<number>): number {
  return Math.sqrt(Float64Array.from(values, (v) => v * v).reduce((sum, v) => sum + v, 0) / values.length);
}
