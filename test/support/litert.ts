/** LiteRT's wasm, which defines the meaning of a .tflite file. */
import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
import wasmLoader from '@litertjs/core/wasm/litert_wasm_internal.js?url';

let loading: Promise<unknown> | undefined;

/** LiteRT's results for a file on the CPU, by the names of the outputs. */
export async function runLiteRt(
  bytes: Uint8Array,
  feeds: readonly (readonly [data: Float32Array | Int32Array | Int8Array | Uint8Array, shape: readonly number[]])[],
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  await (loading ??= loadLiteRt(new URL('.', new URL(wasmLoader, location.href)).pathname));
  const model = await loadAndCompile(bytes, { accelerator: 'wasm' });
  const inputs = feeds.map(([data, shape]) => new Tensor(data as Float32Array, [...shape]));
  try {
    const outputs = await model.run(inputs);
    const names = model.getOutputDetails().map(({ name }) => name);
    const read = outputs.map(async (tensor, i) => [names[i], (await tensor.data()).slice() as ArrayLike<number>] as const); // prettier-ignore
    const all = new Map(await Promise.all(read));
    for (const tensor of outputs) tensor.delete();
    return all;
  } finally {
    for (const tensor of inputs) tensor.delete();
    model.delete();
  }
}
