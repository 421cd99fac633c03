/**
 * Computes convolutions of TensorFlow.js: it binds TensorFlow.js's tensors as they are, and TensorFlow.js's backend makes the
 * output.
 *
 * @module
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvProblem } from '../conv/problem';
import type { Storage } from '../gpu/buffers';
import type { Call, Operand } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { dispatchesOf } from '../gpu/lower';
import type { Pipeline } from '../gpu/pipelines';
import { createCache } from '../kernels/cache';
import type { Form } from '../kernels/dtype';
import type { Plan } from '../kernels/plan';
import type { Request } from '../kernels/request';
import type { TensorFlow, TfBackend } from './tfjs-backend';
import { queueOf, type TfQueue } from './tfjs-queue';
import { keyOfCall, requestOf, type KernelAttributes, type KernelCall, type KernelName } from './tfjs-request';

/** The result of a kernel call. */
export interface Computed {
  readonly output: TensorInfo;
  readonly dispatches: number;
}

export interface Convolver extends Pick<TfQueue, 'pass'> {
  /**
   * Computes a kernel call.
   *
   * @param isDry whether only to start compiling
   * @returns the result, or a text that says why the call is not taken: nothing is done then
   */
  compute(name: KernelName, call: KernelCall, attributes: KernelAttributes, isDry: boolean): Computed | string;
  /** Settles when all programs whose compilation was begun are compiled; rejects if one does not compile. */
  ready(): Promise<void>;
}

/** How many kernel calls keep their requests: enough for every layer of a few networks. */
const KEPT = 1024;

export function createConvolver(tf: TensorFlow, backend: TfBackend, context: GpuContext): Convolver {
  const requests = createCache<string, Request<ConvProblem> | string>({ entries: KEPT });
  const queue = queueOf(tf, backend, context);
  const compiling = new Set<Promise<unknown>>();

  const requestFor = (
    name: KernelName,
    call: KernelCall,
    attributes: KernelAttributes,
  ): Request<ConvProblem> | string => {
    const key = keyOfCall(name, call, attributes);
    const known = requests.get(key);
    if (known !== undefined) return known;
    const request = requestOrReason(name, call, attributes);
    requests.set(key, request);
    return request;
  };

  /** The request, or the reason for none. TensorFlow.js reports an invalid call itself when its own kernel gets the call. */
  const requestOrReason = (
    name: KernelName,
    call: KernelCall,
    attributes: KernelAttributes,
  ): Request<ConvProblem> | string => {
    try {
      const request = requestOf(tf, name, call, attributes);
      // Plan here already: it throws if a tensor does not fit into a binding.
      if (typeof request !== 'string' && context.plans.of(request).middles !== undefined)
        return 'it takes intermediates';
      return request;
    } catch (error) {
      return (error as Error).message;
    }
  };

  const startCompiling = ({ parts }: Plan): void => {
    for (const { step } of parts) {
      if (context.pipelines.ready(step.wgsl) !== undefined) continue;
      const work = context.pipelines.compile(step);
      compiling.add(work);
      // Keep a failure: whoever waits for all programs is told, and whoever runs the call finds it in the cache.
      work.then(
        () => compiling.delete(work),
        () => {},
      );
    }
  };

  /** TensorFlow.js's buffer of a tensor; uploads the tensor if needed. */
  const storageOf = (tensor: TensorInfo): Storage | undefined => {
    backend.uploadToGPU(tensor.dataId);
    const { resource, external = false } = backend.tensorMap.get(tensor.dataId);
    if (!(resource instanceof GPUBuffer)) return undefined;
    return { buffer: resource, offset: 0, byteLength: resource.size, external, references: 1 };
  };

  const pipelinesOf = ({ parts }: Plan): readonly Pipeline[] | Error => {
    const pipelines: Pipeline[] = [];
    for (const { step } of parts) {
      const pipeline = context.pipelines.ready(step.wgsl) ?? context.pipelines.compileNow(step);
      if (pipeline instanceof Error) return pipeline;
      pipelines.push(pipeline);
    }
    return pipelines;
  };

  return {
    pass: queue.pass,
    compute(name, call, attributes, isDry) {
      if (context.life.loss !== undefined) return 'the gpu is destroyed, or its device lost';
      // While it measures, each dispatch has a pass of its own, with timestamps.
      if ((backend.activeTimers ?? undefined) !== undefined) return 'tf.profile or tf.time measures';
      const request = requestFor(name, call, attributes);
      if (typeof request === 'string') return request;
      const plan = context.plans.of(request);
      if (isDry) {
        startCompiling(plan);
        return { output: outputOf(request.output), dispatches: 0 };
      }
      const pipelines = pipelinesOf(plan);
      if (pipelines instanceof Error) return pipelines.message;

      const { x, filter, bias, preluActivationWeights } = call;
      const given = [x, filter, ...(bias ? [bias] : []), ...(isPrelu(attributes) ? [preluActivationWeights!] : [])];
      // Upload before making the output: an upload may end the pass, and must not come between the output and the dispatch.
      const storages = given.map(storageOf);
      if (storages.includes(undefined)) return 'a tensor is a texture';
      const output = outputOf(request.output);
      const dispatches = dispatchesOf(callOf(request, storages as Storage[], storageOf(output)!), plan);
      queue.run(
        dispatches.map((dispatch, i) => ({ dispatch, pipeline: pipelines[i] })),
        [...given, output].map(({ dataId }) => dataId),
      );
      return { output, dispatches: dispatches.length };
    },
    async ready() {
      const all = [...compiling];
      compiling.clear();
      await Promise.all(all);
    },
  };

  function outputOf({ shape }: Form): TensorInfo {
    const output = backend.makeTensorInfo([...shape], 'float32');
    backend.uploadToGPU(output.dataId);
    return output;
  }
}

function isPrelu({ activation }: KernelAttributes): boolean {
  return activation === 'prelu';
}

/** The request with TensorFlow.js's buffers, in the order in which a request names its tensors. */
function callOf(request: Request<ConvProblem>, storages: readonly Storage[], output: Storage): Call {
  let next = 0;
  const operand = ({ shape, dtype }: Form): Operand => {
    const value = storages[next++];
    return { value, shape, dtype };
  };
  const inputs = { x: operand(request.inputs.x), weights: operand(request.inputs.weights) };
  const endings = request.endings.map(({ stage, operands }) => ({ stage, operands: operands.map(operand) }));
  const { shape, dtype } = request.output;
  return { ...(request as Request), inputs, endings, output: { value: output, shape, dtype } };
}
