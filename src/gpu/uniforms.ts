/**
 * Uniform buffers, cached by their contents. They are written once, at creation, so a call that is repeated (every frame
 * of an app) writes nothing, and a recording can name them without asking when it will be submitted.
 *
 * @module
 */

/** Gives the buffer that holds these words. */
export type Uniforms = (words: Uint32Array) => GPUBuffer;

/** Enough for every layer of a few networks; forgotten buffers are collected once no recording names them. */
const KEPT = 1024;

export function createUniforms(device: GPUDevice): Uniforms {
  const buffers = new Map<string, GPUBuffer>();
  return (words) => {
    const key = words.join();
    const known = buffers.get(key);
    if (known !== undefined) return known;
    const buffer = device.createBuffer({
      label: 'depthwise uniforms',
      size: words.byteLength,
      usage: 0x40, // UNIFORM
      mappedAtCreation: true,
    });
    new Uint32Array(buffer.getMappedRange()).set(words);
    buffer.unmap();
    if (buffers.size >= KEPT) buffers.delete(buffers.keys().next().value as string);
    buffers.set(key, buffer);
    return buffer;
  };
}
