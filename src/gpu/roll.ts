/**
 * The command buffers of one submit. Some drivers fail at long encoders, so what goes into one is bounded, and what is more
 * goes into the next, in order.
 *
 * @module
 */

/** So many commands does any driver take. */
const MOST = 256;

/** So many on phones, and on the GPUs that phones have. */
const MOST_ON_PHONES = 64;

/** Commands in order, for one submit. */
export interface Roll {
  /** The open pass, for one more dispatch. */
  readonly next: () => GPUComputePassEncoder;
  /** An encoder without an open pass that has room for so many more commands, which stay together. */
  encoder(commands?: number): GPUCommandEncoder;
  /** All command buffers; nothing can be added afterwards. */
  finish(): readonly GPUCommandBuffer[];
}

/** @param most how many commands an encoder gets */
export function createRoll(device: GPUDevice, label: string, most: number): Roll {
  const done: GPUCommandBuffer[] = [];
  let encoder: GPUCommandEncoder | undefined;
  let pass: GPUComputePassEncoder | undefined;
  let count = 0;
  const close = (): void => {
    pass?.end();
    pass = undefined;
  };
  const cut = (): void => {
    close();
    if (encoder !== undefined) done.push(encoder.finish());
    encoder = undefined;
    count = 0;
  };
  const room = (commands: number): GPUCommandEncoder => {
    if (count > 0 && count + commands > most) cut();
    count += commands;
    return (encoder ??= device.createCommandEncoder({ label }));
  };
  return {
    next() {
      const into = room(1);
      return (pass ??= into.beginComputePass({ label }));
    },
    encoder(commands = 1) {
      close();
      return room(commands);
    },
    finish() {
      cut();
      return done;
    },
  };
}

/**
 * How many commands an encoder of this device gets. LiteRT found that "at least Adreno 730 and some Intel GPUs fail sometimes
 * with 512 (or more) nodes per encoder", and cuts at 64 on Android and at 256 elsewhere; so do we. An encoder more costs some
 * ten microseconds, so that desktops need not be as careful. Where the browser hides the adapter's name, as it may, the user
 * agent tells phones; Adreno GPUs are in laptops, too.
 *
 * @see https://github.com/google-ai-edge/LiteRT (kNumNodesPerCommandEncoder)
 */
export function mostCommands(info: GPUAdapterInfo | undefined, userAgent: string | undefined): number {
  const isPhone = /qualcomm|adreno/i.test(`${info?.vendor} ${info?.description}`) || /android/i.test(`${userAgent}`);
  return isPhone ? MOST_ON_PHONES : MOST;
}
