/**
 * Commands that the app submits itself.
 *
 * @module
 */
import { missingOfAll, type Effects } from './command';
import type { Dispatch } from './encode';
import type { CommandQueue } from './queue';

/**
 * Registers commands that the app submits itself: their outputs are valid if their inputs are, which is known once everything
 * that was submitted before is judged.
 *
 * @param refused why they were not even encoded, if they were not
 */
export function follow(
  queue: CommandQueue,
  commands: readonly (Dispatch | Effects)[],
  refused: Promise<Error | undefined>,
): void {
  queue.afterVerdicts(async () => {
    const refusal = await refused;
    const failure = refusal && (missingOfAll(commands) ?? refusal);
    if (failure !== undefined) queue.tell(failure);
    for (const command of commands) queue.judge(command, failure);
  });
}
