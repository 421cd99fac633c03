/**
 * Decides which commands may go before others that wait for their programs.
 *
 * @module
 */

/** Is called with each buffer that a command uses, and whether the command writes into it. */
export type Use = (buffer: GPUBuffer, writes: boolean) => void;

/**
 * Tells, for each command in order, whether it stays. A command stays if it waits, or if it shares a buffer with an earlier
 * command that stays and one of the two writes into that buffer. Whole buffers are compared, not tensors: the pool gives the
 * buffer of a disposed tensor to the next one, though commands that wait still name it.
 *
 * @param uses calls back with the buffers of a command
 */
export function stays<C>(
  commands: readonly C[],
  waits: (command: C) => boolean,
  uses: (command: C, use: Use) => void,
): readonly boolean[] {
  const read = new Set<GPUBuffer>();
  const written = new Set<GPUBuffer>();
  return commands.map((command) => {
    let isHeld = waits(command);
    if (!isHeld)
      uses(command, (buffer, writes) => {
        isHeld ||= written.has(buffer) || (writes && read.has(buffer));
      });
    if (isHeld) uses(command, (buffer, writes) => (writes ? written : read).add(buffer));
    return isHeld;
  });
}
