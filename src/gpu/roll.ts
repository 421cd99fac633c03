/**
 * The command buffers of one submit. Some drivers fail at long encoders, so each encoder gets a limited number of commands, and
 * the rest goes into the next encoders, in order.
 *
 * @module
 */

/** Commands in order, for one submit. */
export interface Roll {
  /** Gives the open pass for one more dispatch. */
  readonly next: () => GPUComputePassEncoder;
  /** Gives an encoder without an open pass, with room for so many more commands, which stay together. */
  encoder(commands?: number): GPUCommandEncoder;
  /** Gives all command buffers; nothing can be added afterwards. */
  finish(): readonly GPUCommandBuffer[];
}

/** @param most how many commands an encoder gets; see `Profile.commands` */
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
