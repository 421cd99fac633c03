/** Measures one layer: uploads it, runs it by each of its methods, checks the results, times them in turns. */
import { conv2d, depthwiseConv2d, explain, groupedConv2d, pointwiseConv2d, type Gpu, type Tensor } from '../src/index';
import { randomValues } from '../test/support/random';
import { judge } from './check';
import { minimumBytes, multiplyAdds, sizeOf, termsOf, type Convolution } from './convolution';
import { convolutionOf, type Layer, type Method } from './layers';
import { reference, type Expected } from './reference';
import type { Result, Row } from './report';
import { interleaved, timed, type Call } from './timing';

/** A method's result before it is timed, or why there is none. */
type Attempt =
  | {
      readonly method: Method;
      readonly call: Call;
      readonly first: Omit<Result, 'ms' | 'spread'>;
      readonly ok: boolean;
    }
  | { readonly method: Method; readonly error: string };

/**
 * The layer's rows, one per method. A call that fails is a row that says so.
 *
 * @param rounds how often each method is timed
 */
export async function runLayer(gpu: Gpu, layer: Layer, rounds: number): Promise<Row[]> {
  const conv = convolutionOf(layer);
  const values = valuesOf(conv);
  const expected = await reference(conv, values.x, values.filter, { bias: values.bias, activation: relu6 });

  const x = gpu.tensor(values.x, conv.input);
  const filter = gpu.tensor(values.filter, layer.filter);
  const bias = gpu.tensor(values.bias, [values.bias.length]);
  const attempts: Attempt[] = [];
  for (const method of layer.methods) {
    attempts.push(await attempt(gpu, method, () => calling(layer, method, x, filter, bias), expected));
  }
  const calls = attempts.flatMap((a) => ('call' in a ? [a.call] : []));
  const timings = (await interleaved(gpu, calls, rounds)).values();
  for (const tensor of [x, filter, bias]) tensor.dispose();

  return attempts.map((a) => {
    const row = {
      layer: layer.name,
      family: layer.family,
      method: a.method,
      count: layer.count,
      multiplyAdds: multiplyAdds(conv),
      bytes: minimumBytes(conv),
    };
    if ('error' in a) return { ...row, ok: false, error: a.error };
    const timing = timings.next().value;
    return timing === undefined ? { ...row, ok: false } : { ...row, ok: a.ok, result: { ...a.first, ...timing } };
  });
}

async function attempt(gpu: Gpu, method: Method, compute: () => Tensor, expected: Expected): Promise<Attempt> {
  let output: Tensor | undefined;
  try {
    const firstMs = await timed(gpu, () => {
      output = compute();
    });
    if (output === undefined) throw new Error(`${method} gave no output`);
    const { ok, ...verdict } = judge(await output.read(), expected);
    return { method, call: () => compute().dispose(), first: { firstMs, ...verdict, ...kernelsOf(output) }, ok };
  } catch (error) {
    return { method, error: String(error) };
  } finally {
    output?.dispose();
  }
}

/** The library's call for the layer. */
function calling(
  { op, strides, dilations, groups }: Layer,
  method: Method,
  x: Tensor,
  filter: Tensor,
  bias: Tensor,
): Tensor {
  const options = { strides, dilations, padding: 'same', bias, activation: 'relu6' } as const;
  switch (op) {
    case 'conv2d':
      return conv2d(x, filter, options);
    case 'depthwiseConv2d':
      return depthwiseConv2d(x, filter, options);
    case 'pointwiseConv2d':
      return pointwiseConv2d(x, filter, options);
    case 'groupedConv2d':
      return groupedConv2d(x, filter, { ...options, groups, method: method === 'default' ? 'auto' : method });
  }
}

/** Seeded numbers that put most outputs between relu6's two bounds, and some beyond each. */
function valuesOf(conv: Convolution): Record<'x' | 'filter' | 'bias', Float32Array> {
  const scale = 6 / Math.sqrt(termsOf(conv));
  return {
    x: randomValues(sizeOf(conv.input), 1),
    filter: randomValues(sizeOf(conv.filter), 2).map((w) => w * scale),
    bias: randomValues(conv.filter[3], 3).map((b) => 3 + b / 2),
  };
}

function relu6(v: number): number {
  return Math.min(Math.max(v, 0), 6);
}

/** Which kernels made a tensor, in words: `split/copy x32 + conv2d/tile x32 + concat/copy`. */
function kernelsOf(output: Tensor): Pick<Result, 'kernel' | 'tile' | 'why'> {
  const { steps, why } = explain(output);
  const counts = new Map<string, { count: number; tile: string }>();
  for (const { kernel, tile } of steps) {
    const known = counts.get(kernel);
    if (known !== undefined) known.count++;
    else counts.set(kernel, { count: 1, tile: tileText(tile) });
  }
  const kernels = [...counts].map(([kernel, { count }]) => (count > 1 ? `${kernel} x${count}` : kernel));
  const tiles = [...counts.values()].map(({ tile }) => tile).filter((tile) => tile !== '');
  return { kernel: kernels.join(' + '), tile: tiles.join(' + '), why };
}

/** `width 4, height 2` for { TILE_WIDTH: 4, TILE_HEIGHT: 2 }. */
function tileText(tile: Readonly<Record<string, number>>): string {
  const knobs = Object.entries(tile).map(
    ([knob, value]) =>
      `${knob
        .replace(/^TILE_/, '')
        .toLowerCase()
        .replaceAll('_', ' ')} ${value}`,
  );
  return knobs.join(', ');
}
