/**
 * Draws into a texture in the order of the queue: calls made before are submitted first.
 *
 * @module
 */
import { createCache, type Cache } from '../kernels/cache';
import type { Storage } from './buffers';
import type { GpuContext } from './context';

/** A texture to draw into. */
export interface RenderTarget {
  readonly view: GPUTextureView;
  readonly format: GPUTextureFormat;
  /** Whether the present picture stays where nothing is drawn and below what is not opaque; if not, it is cleared. */
  readonly keeps: boolean;
}

/** A triangle over the whole target, by a shader with the entry points `corner` and `shade`. */
export interface Drawing {
  readonly wgsl: string;
  /** Binding 0. */
  readonly uniforms: Uint32Array;
  /** Binding 1. */
  readonly storage: Storage;
}

/** Enough for a page, which draws a few kinds of tensors to a few kinds of targets. */
const KEPT = 32;

const pipelinesOf = new WeakMap<GpuContext, Cache<string, GPURenderPipeline>>();

/** @param onRefusal is told of what the device refuses, which is known only later */
export function render(
  context: GpuContext,
  { wgsl, uniforms, storage }: Drawing,
  { view, format, keeps }: RenderTarget,
  onRefusal: (refusal: GPUError) => void,
): void {
  const { device, queue } = context;
  queue.submit();
  device.pushErrorScope('validation');
  try {
    const pipeline = pipelineOf(context, wgsl, format);
    const bindGroup = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: context.uniforms.of(uniforms) } },
        {
          binding: 1,
          resource: { buffer: storage.buffer, offset: storage.offset, size: storage.byteLength },
        },
      ],
    });
    const encoder = device.createCommandEncoder({ label: 'depthwise draw' });
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view, loadOp: keeps ? 'load' : 'clear', storeOp: 'store' }],
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.draw(3);
    pass.end();
    device.queue.submit([encoder.finish()]);
  } finally {
    // Report nothing if the device is lost.
    device.popErrorScope().then(
      (refusal) => refusal !== null && onRefusal(refusal),
      () => {},
    );
  }
}

function pipelineOf(context: GpuContext, wgsl: string, format: GPUTextureFormat): GPURenderPipeline {
  const pipelines = pipelinesOf.get(context) ?? createCache<string, GPURenderPipeline>({ entries: KEPT });
  pipelinesOf.set(context, pipelines);
  const key = `${format} ${wgsl}`;
  const known = pipelines.get(key);
  if (known !== undefined) return known;
  const { device } = context;
  const module = device.createShaderModule({ label: 'depthwise draw', code: wgsl });
  const over = { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' } as const;
  const pipeline = device.createRenderPipeline({
    label: 'depthwise draw',
    layout: 'auto',
    vertex: { module, entryPoint: 'corner' },
    fragment: { module, entryPoint: 'shade', targets: [{ format, blend: { color: over, alpha: over } }] },
  });
  pipelines.set(key, pipeline);
  return pipeline;
}
