/**
 * Caches bind groups: the pool gives the same buffers again, so a call that is repeated mostly binds the same buffers as before.
 *
 * @module
 */
import { createCache } from '../kernels/cache';
import { numberOf } from '../kernels/number-of';
import type { Dispatch } from './encode';
import type { Pipeline } from './pipelines';
import type { Uniforms } from './uniforms';

export interface BindGroups {
  /** The group of a dispatch, as its pipeline binds it. */
  of(pipeline: Pipeline, dispatch: Dispatch): GPUBindGroup;
  /** Drops all groups, and with them the references to their buffers. */
  clear(): void;
  readonly size: number;
}

/** Enough for the layers of a few networks, whose buffers change places. */
const KEPT = 2048;

export function createBindGroups(device: GPUDevice, uniforms: Uniforms): BindGroups {
  const groups = createCache<string, GPUBindGroup>({ entries: KEPT });

  const make = ({ layout, bindings }: Pipeline, { step, operands }: Dispatch): GPUBindGroup => {
    let next = 0;
    const entries = bindings.map(({ binding, access }): GPUBindGroupEntry => {
      if (access === 'uniform') return { binding, resource: { buffer: uniforms.of(step.uniforms) } };
      const { storage, offset, byteLength } = operands[next++];
      return { binding, resource: { buffer: storage.buffer, offset: storage.offset + offset, size: byteLength } };
    });
    return device.createBindGroup({ label: step.label, layout, entries });
  };

  return {
    of(pipeline, dispatch) {
      let key = `${numberOf(pipeline)} ${numberOf(dispatch.step.uniforms)}`;
      for (const { storage, offset, byteLength } of dispatch.operands) {
        // Do not cache it: the app's buffer must be freed when the app drops it.
        if (storage.external) return make(pipeline, dispatch);
        key += ` ${numberOf(storage.buffer)}:${offset}:${byteLength}`;
      }
      const known = groups.get(key);
      if (known !== undefined) return known;
      const group = make(pipeline, dispatch);
      groups.set(key, group);
      return group;
    },
    clear: () => groups.clear(),
    get size() {
      return groups.size;
    },
  };
}
