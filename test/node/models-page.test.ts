/** MODELS.md, the page of supported ops, agrees with the tables of the loaders. */
import { expect, test } from 'vitest';
import { LAYERS } from '../../src/load/layers/dialect';
import { onnxDialect } from '../../src/load/onnx/dialect';
import { TFJS } from '../../src/load/tfjs/dialect';
import { TFLITE } from '../../src/load/tflite/dialect';
import { modelsPage } from '../../tools/models-page';

test('MODELS.md is made of the tables', async () => {
  await expect(modelsPage([TFJS, LAYERS, TFLITE, onnxDialect(23)])).toMatchFileSnapshot('../../MODELS.md');
});
