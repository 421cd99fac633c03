import { test, expect } from 'vitest';
import { runLiteRt } from '../support/litert';
import { TFLITE_CASES } from '../support/tflite-cases';
import { tinyTflite } from '../support/tflite-file';

test.for(TFLITE_CASES.map((c) => [c.name, c] as const))('%s', async ([, { file, feeds }]) => {
  const bad: string[] = [];
  for (const [i, one] of file.operators.entries()) {
    const need = new Set<string>(one.outputs);
    const ops = [one];
    for (let j = i - 1; j >= 0; j--) if (file.operators[j].outputs.some((o) => ops.some((x) => x.inputs.includes(o)))) ops.unshift(file.operators[j]);
    const names = new Set([...file.inputs, ...ops.flatMap((x) => [...x.inputs, ...x.outputs]).filter((x) => x !== '')]);
    const tensors = Object.fromEntries([...names].map((n) => [n, file.tensors[n]]));
    try {
      const out = await runLiteRt(tinyTflite({ ...file, tensors, operators: ops, outputs: [...need] }), file.inputs.map((n) => [feeds[n], file.tensors[n].shape] as const));
      const sizes = one.outputs.map((n) => file.tensors[n].shape.reduce((a, b) => a * b, 1));
      if (String(sizes) !== String(out.map((o) => o.length))) bad.push(one.op + ' sizes ' + sizes + ' but ' + out.map((o) => o.length));
    } catch (e) {
      bad.push(one.op + ' ' + i + ': ' + String((e as Error).message ?? e).slice(0, 300));
    }
  }
  expect(bad).toEqual([]);
}, 100000);
