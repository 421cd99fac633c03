/** What dispatches bind, and copies of the uniforms that they bind. */
import type { Dispatch, GroupParameters } from './dispatch';
import { afterCalls } from './hooks';

/** What each bind group binds, because WebGPU does not tell. */
const descriptors = new WeakMap<GPUBindGroup, GPUBindGroupDescriptor>();

/** Notes bind groups from now on. A group that was made earlier cannot be made again with other uniforms. */
export function noteBindGroups(): void {
  afterCalls(GPUDevice, 'createBindGroup', (group, _, [descriptor]) => descriptors.set(group, descriptor));
}

export class Bindings {
  readonly #device: GPUDevice;
  readonly #contents = new Map<GPUBuffer, Uint8Array>();
  readonly #copies: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  static isUniform({ usage }: GPUBuffer): boolean {
    return (usage & GPUBufferUsage.UNIFORM) !== 0;
  }

  /** Notes a `writeBuffer`, if it is of a uniform buffer. */
  write(...[buffer, offset, data, from = 0, size]: Parameters<GPUQueue['writeBuffer']>): void {
    if (!Bindings.isUniform(buffer)) return;
    // For a typed array, the offset and the size are counted in elements.
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    const unit = 'BYTES_PER_ELEMENT' in view ? view.BYTES_PER_ELEMENT : 1;
    const length = size === undefined ? view.byteLength - from * unit : size * unit;
    const content = Uint8Array.from(this.#contents.get(buffer) ?? new Uint8Array(buffer.size));
    content.set(new Uint8Array(view.buffer, view.byteOffset + from * unit, length), offset);
    this.#contents.set(buffer, content);
  }

  /** The current contents of the uniform buffers that were written. */
  written(): ReadonlyMap<GPUBuffer, Uint8Array> {
    return new Map(this.#contents);
  }

  /** The dispatch with these contents in buffers of its own; undefined if its bindings are not known. */
  withOwn(dispatch: Dispatch, written: ReadonlyMap<GPUBuffer, Uint8Array>): Dispatch | undefined {
    if (written.size === 0) return dispatch;
    const groups: (GroupParameters | undefined)[] = [];
    for (const parameters of dispatch.groups) {
      if (parameters === undefined) {
        groups.push(undefined);
        continue;
      }
      const [group, ...rest] = parameters;
      const own = this.#ownGroup(group, written);
      if (own === undefined) return undefined;
      groups.push([own, ...rest]);
    }
    return { ...dispatch, groups };
  }

  release(): void {
    for (const buffer of this.#copies.splice(0)) buffer.destroy();
  }

  #ownGroup(group: GPUBindGroup, written: ReadonlyMap<GPUBuffer, Uint8Array>): GPUBindGroup | undefined {
    const descriptor = descriptors.get(group);
    if (descriptor === undefined) return undefined;
    let isOwn = false;
    const entries = [...descriptor.entries].map((entry) => {
      const binding = bufferOf(entry.resource);
      const content = binding && written.get(binding.buffer);
      if (content === undefined) return entry;
      isOwn = true;
      return { ...entry, resource: { ...binding, buffer: this.#copyOf(content) } };
    });
    return isOwn ? this.#device.createBindGroup({ layout: descriptor.layout, entries }) : group;
  }

  #copyOf(content: Uint8Array): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = this.#device.createBuffer({ size: content.byteLength, usage });
    this.#device.queue.writeBuffer(buffer, 0, content as Uint8Array<ArrayBuffer>);
    this.#copies.push(buffer);
    return buffer;
  }
}

function bufferOf(resource: GPUBindingResource): GPUBufferBinding | undefined {
  if (resource instanceof GPUBuffer) return { buffer: resource };
  return 'buffer' in resource ? resource : undefined;
}
