/** LiteRT.js on a device of this library. All models use the device of the first until LiteRT.js is loaded again. */
import * as litert from '@litertjs/core';
import { expect, test } from 'vitest';
import { tfliteModel } from '../../demo/peers/tflite-model';
import { fromLiteRt, toLiteRt } from '../../src/litert';
import { useGpu } from '../support/gpu';
import { freshLiteRt } from '../support/litert';
import { excess, LAYER_SHAPE, LAYER_SIZE, layerModel, ownLayer } from '../support/peer-layer';
import { randomValues } from '../support/random';
import { scale } from '../support/scale';

const gpu = useGpu();

test('LiteRT.js computes on the device of a gpu that was there first, if it is given it before the first model', async () => {
  await freshLiteRt();
  litert.setWebGpuDevice(gpu().device);
  const model = await litert.loadAndCompile(tfliteModel(layerModel), {
    accelerator: 'webgpu',
    gpuOptions: { precision: 'fp32' },
  });
  using pixels = gpu().tensor(randomValues(LAYER_SIZE, 3), LAYER_SHAPE);
  using x = scale(pixels, 2);
  const input = toLiteRt(litert, x);
  const [y] = await model.run([input]);
  input.delete();
  using layer = fromLiteRt(gpu(), y);
  using own = ownLayer(gpu(), x);
  expect(excess(await layer.read(), await own.read())).toBeLessThan(1);
  model.delete();
});
