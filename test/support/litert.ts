/** LiteRT's wasm, which defines the meaning of a .tflite file. */
import { getGlobalLiteRtPromise, loadAndCompile, loadLiteRt, Tensor, unloadLiteRt } from '@litertjs/core';
import wasmLoader from '@litertjs/core/wasm/litert_wasm_internal.js?url';

/** Loads LiteRT, which has no device yet, whatever an earlier file of the page has done with it. */
export async function freshLiteRt(): Promise<void> {
  unloadLiteRt();
  await load();
}

const load = (): Promise<unknown> => loadLiteRt(new URL('.', new URL(wasmLoader, location.href)).pathname);

/** LiteRT's results for a file on the CPU, by the names of the outputs. */
export async function runLiteRt(
  bytes: Uint8Array,
  feeds: readonly (readonly [data: Float32Array | Int32Array | Int8Array | Uint8Array, shape: readonly number[]])[],
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  await (getGlobalLiteRtPromise() ?? load());
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
