/**
 * Compares ONNX operators with ONNX Runtime's wasm, one operator per file.
 */
import { expect, test } from 'vitest';
import { onnxDialect } from '../../src/load/onnx/dialect';
import { loadOnnxModel } from '../../src/load/onnx/load-onnx-model';
import { expectClose } from '../support/close';
import { useGpu } from '../support/gpu';
import { fileOf } from '../support/onnx-cases';
import { opCases } from '../support/onnx-op-cases';
import { runOrt } from '../support/ort-wasm';

const gpu = useGpu();

test.for(opCases.map((given) => [`${given.op} ${given.name}`, given] as const))('%s', async ([, given]) => {
  const { file, feeds } = fileOf(given);
  const expected = await runOrt(file, feeds);
  using model = await loadOnnxModel(gpu(), file);
  const [node] = model.explain().nodes.slice(-1);
  expect(node).toMatchObject({ name: 'y0', place: given.place ?? 'gpu' });
  const results = await model.run(
    Object.fromEntries(Object.entries(feeds).map(([name, { values }]) => [name, values])),
  );
  for (const [name, { shape, values }] of Object.entries(expected)) {
    using result = results[name];
    expect(result.shape).toEqual(shape);
    const largest = Math.max(1, ...Array.from(values, Math.abs));
    expectClose(await result.read(), values, shape, 4e-6 * largest);
  }
});

test('every operator has a case', () => {
  const tested = new Set(opCases.map(({ op }) => op));
  // Scatter is the old name of ScatterElements. ONNX Runtime does not know Swish yet.
  const untested = ['Scatter', 'Swish'];
  expect([...onnxDialect(17).ops.keys()].filter((op) => !tested.has(op))).toEqual(untested);
});
