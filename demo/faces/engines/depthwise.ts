/** Models by this library. */
import { loadGraphModel, openGpu, tensorFromImage, type Gpu } from '../../../src/index';
import type { ModelFile } from '../models';
import { boxOf } from '../square';
import { keeping, type Engine, type EngineOptions, type LoadedModel } from './engine';

export async function openDepthwise({ onLost }: EngineOptions): Promise<Engine> {
  const gpu: Gpu = await openGpu({ onLost: () => onLost(gpu.ready()) });
  return engineOn(gpu);
}

export function engineOn(gpu: Gpu): Engine {
  return { load: keeping((file, onProgress) => load(gpu, file, onProgress)) };
}

async function load(gpu: Gpu, file: ModelFile, onProgress: (share: number) => void): Promise<LoadedModel> {
  const { url, size, range, outputs } = file;
  const model = await loadGraphModel(gpu, new URL(url, location.href), {
    outputs,
    onProgress: (done, total) => onProgress(done / total),
  });
  const [input] = model.inputs;
  const shape = [1, size, size, 3];
  const compile = () => model.compile({ [input.name]: shape });
  await compile();
  return {
    async run(picture, square) {
      using x = tensorFromImage(gpu, picture, { crop: boxOf(square), size: [size, size], fill: [0, 0, 0], range });
      const results = await model.run(x);
      const reading = outputs.map(async (name) => {
        using tensor = results[name];
        return Float32Array.from(await tensor.read<ArrayLike<number>>());
      });
      return Promise.all(reading);
    },
    async profile() {
      // Their time does not depend on the pixels.
      using x = gpu.tensor(new Float32Array(size * size * 3), shape);
      const steps = (await compile()).explain();
      const times = await model.profile(x);
      return times.map(({ kernel, label, ms }, i) => ({ kernel, label, ms, bytes: steps[i].bytes, flops: steps[i].flops })); // prettier-ignore
    },
  };
}
