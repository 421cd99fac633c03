/** Layers models made by TensorFlow.js, with random weights, as files, and their results in TensorFlow.js. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import type { LayerCase } from './layer-cases';
import { randomValues } from './random';
import type { Expected } from './tensorflow';

/** The files of a layers model. */
export interface LayersFiles {
  readonly model: {
    readonly format?: string;
    readonly modelTopology: object;
    readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
  };
  readonly weights: Uint8Array;
}

/** TensorFlow.js on the CPU, where a model's layers are made, too. */
export async function useLayers(): Promise<void> {
  if (!(await tf.setBackend('cpu'))) throw new Error(`TensorFlow.js has no backend ${version_cpu} for the CPU`);
}

/** Gives a model random weights; weights whose root is a divisor are positive. */
export function fillWeights(model: LayersModel): void {
  for (const [i, layer] of model.weights.entries()) {
    const { name, shape } = layer;
    const sizes = shape.map((n) => n ?? 1);
    const values = randomValues(sizes.reduce((product, n) => product * n, 1), i + 1); // prettier-ignore
    const positive = /variance|gamma/.test(name);
    layer.write(
      tf.tensor(
        values.map((v) => (positive ? 1.25 + v : v * 0.5)),
        sizes,
      ),
    );
  }
}

/** The files of a model, as `model.save` gives them to a handler. */
export async function layersFiles(model: LayersModel): Promise<LayersFiles> {
  let files: LayersFiles | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format }) => {
      files = {
        model: {
          ...(format !== undefined && { format }),
          // The saved topology is only what survives JSON.
          modelTopology: JSON.parse(JSON.stringify(modelTopology)) as object,
          weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs ?? [] }],
        },
        weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return files!;
}

/** The results of a model in TensorFlow.js. */
export async function predictLayers(
  { reference }: Pick<LayerCase, 'reference'>,
  model: LayersModel,
  feeds: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[],
): Promise<Expected[]> {
  const inputs = feeds.map(({ shape, values }) => tf.tensor(values, [...shape]));
  const results =
    reference?.(
      inputs[0],
      model.weights.map((weight) => weight.read()),
    ) ?? model.predict(inputs.length === 1 ? inputs[0] : inputs);
  return Promise.all(
    (Array.isArray(results) ? results : [results]).map(async (y) => ({
      shape: y.shape,
      values: await y.data<'float32'>(),
    })),
  );
}

/** The results in TensorFlow.js of a model from files. */
export async function predictFiles(
  { model, weights }: LayersFiles,
  feed: Parameters<typeof predictLayers>[2][number],
): Promise<Expected[]> {
  const artifacts = {
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights) as tf.io.WeightsManifestEntry[],
    weightData: weights.slice().buffer,
  };
  return predictLayers({}, await loadLayersModel(tf.io.fromMemory(artifacts)), [feed]);
}
