/**
 * Buffers of another device, and destroyed buffers. Only the browser knows about them, so the error comes later than
 * `gpu.wrap`, but always with the library's own message.
 */
import { describe, expect, test } from 'vitest';
import { compile, openGpu, record, type Gpu } from '../../src/index';
import { newDevice, withGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';
import { scale, valuesOf } from '../support/scale';

const USAGE = 0x80 | 0x8 | 0x4; // STORAGE | COPY_DST | COPY_SRC
const FOREIGN = /^gpu\.wrap: this buffer belongs to another device, .*openGpu\(\{ device \}\)$/;

/** Runs `fn` with a buffer of another device than the gpu's. No error may reach the page's `uncapturederror`. */
async function withForeign(fn: (own: Gpu, buffer: GPUBuffer) => Promise<void>): Promise<void> {
  const device = await newDevice();
  const uncaptured: string[] = [];
  await withGpu({}, async (own, errors) => {
    for (const each of [device, own.device])
      each.addEventListener('uncapturederror', (event) => uncaptured.push(event.error.message));
    await fn(own, device.createBuffer({ size: 16, usage: USAGE }));
    await own.finished();
    for (const { message } of errors) expect(message).toMatch(FOREIGN);
  });
  device.destroy();
  expect(uncaptured).toEqual([]);
}

describe("a buffer of another device's", () => {
  test('rejects the first read, and the reads of what is computed from it', async () => {
    await withForeign(async (own, buffer) => {
      using x = own.wrap(buffer, [4]);
      using y = scale(x, 1);
      const reads = [x.read(), y.read()].map(rejectionOf);
      for (const said of await Promise.all(reads)) expect(said).toMatch(FOREIGN);
      for (const read of [x.read(), y.read(), scale(x, 2).read()]) expect(await rejectionOf(read)).toMatch(FOREIGN);
    });
  });

  test('does not affect later calls once the failure is known', async () => {
    await withForeign(async (own, buffer) => {
      using x = own.wrap(buffer, [4]);
      expect(await rejectionOf(x.read())).toMatch(FOREIGN);
      using y = scale(x, 1);
      using good = scale(own.tensor([1, 2], [2]), 3);
      expect(await valuesOf(good)).toEqual([3, 6]);
      expect(await rejectionOf(y.read())).toMatch(FOREIGN);
    });
  });

  test.for(['at once', 'later'])('rejects the reads of what a program computed from it, %s', async (when) => {
    await withForeign(async (own, buffer) => {
      using program = await compile(own, { x: [4] }, ({ x }) => scale(x, 1));
      using x = own.wrap(buffer, [4]);
      if (when === 'later') await rejectionOf(x.read());
      using y = program.run({ x });
      expect(await rejectionOf(y.read())).toMatch(FOREIGN);
      using good = program.run({ x: [1, 2, 3, 4] });
      expect(await valuesOf(good)).toEqual([1, 2, 3, 4]);
    });
  });

  test('rejects the reads of what a recording computed from it', async () => {
    await withForeign(async (own, buffer) => {
      using x = own.wrap(buffer, [4]);
      const encoder = own.device.createCommandEncoder();
      using recording = record(own, encoder, () => scale(x, 1));
      expect(await rejectionOf(recording.result.read())).toMatch(FOREIGN);
    });
  });

  test('is accepted by its own device, each time that it is wrapped', async () => {
    const device = await newDevice();
    const own = await openGpu({ device });
    const buffer = device.createBuffer({ size: 16, usage: USAGE });
    for (let i = 0; i < 3; i++) {
      using x = own.wrap(buffer, [4]);
      expect(await valuesOf(x)).toEqual([0, 0, 0, 0]);
    }
    await withGpu({}, async (other) => {
      using x = other.wrap(buffer, [4]);
      expect(await rejectionOf(x.read())).toMatch(FOREIGN);
    });
    own.destroy();
    device.destroy();
  });
});

test('a buffer that is destroyed too early rejects the reads of what is computed from it, with the remedy', async () => {
  await withGpu({}, async (own, errors) => {
    const { buffersInUse } = own.memory();
    const buffer = own.device.createBuffer({ size: 16, usage: USAGE });
    const x = own.wrap(buffer, [4]);
    const y = scale(x, 1);
    buffer.destroy();
    const said =
      /^depthwise: the device refused .*destroyed.*; destroy a buffer that gpu\.wrap was given when the calls that use it are submitted/s;
    expect(await rejectionOf(y.read())).toMatch(said);
    for (const tensor of [x, y]) tensor.dispose();
    expect(own.memory().buffersInUse).toBe(buffersInUse);
    using good = scale(own.tensor([1, 2], [2]), 3);
    expect(await valuesOf(good)).toEqual([3, 6]);
    expect(errors.map(({ message }) => message).filter((message) => !said.test(message))).toEqual([]);
  });
});
