/** Runs ONNX Runtime's wasm in a page. It computes on the CPU, as the standard says, so results are compared with it. */
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';

/** An input or output. 64-bit integers are given and returned as numbers. */
export interface OrtValue {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly type?: 'float32' | 'int64' | 'int32' | 'bool' | 'uint8' | 'int8';
}

/** The results of a file for these inputs, by the names of its outputs. */
export async function runOrt(
  file: Uint8Array,
  feeds: Readonly<Record<string, OrtValue>>,
): Promise<Record<string, OrtValue>> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(wasmUrl, location.href).href };
  ort.env.logLevel = 'fatal';
  const session = await ort.InferenceSession.create(file);
  try {
    const inputs = Object.entries(feeds).map(([name, value]) => [name, tensorOf(value)] as const);
    const results = await session.run(Object.fromEntries(inputs));
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        { shape: dims, values: Array.from(data as ArrayLike<number | bigint>, Number) },
      ]),
    );
  } finally {
    await session.release();
  }
}

function tensorOf({ shape, values, type = 'float32' }: OrtValue): ort.Tensor {
  const data = {
    float32: () => Float32Array.from(values),
    int64: () => BigInt64Array.from(Array.from(values, BigInt)),
    int32: () => Int32Array.from(values),
    bool: () => Uint8Array.from(values),
    uint8: () => Uint8Array.from(values),
    int8: () => Int8Array.from(values),
  }[type]();
  return new ort.Tensor(type, data as never, shape);
}
