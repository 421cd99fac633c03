/**
 * The life of one device: whether it can be used, and who is told when it is lost.
 *
 * @module
 */

/** Why a device can no longer be used. */
export interface Loss {
  /** `'destroyed'` by somebody's `device.destroy()`, or `'unknown'`: the driver, the GPU or its process failed. */
  readonly reason: GPUDeviceLostReason;
  /** The browser's words; may be empty. */
  readonly message: string;
}

/** The most milliseconds between the first failure that a loss causes and the report of the loss; a few were seen. */
const TOLD_WITHIN = 500;

/** What to do about a loss if no new device is opened. */
export const OPEN_ANEW = 'open a new one with openGpu()';

export interface Life {
  /** Settles when the device is lost and all that waited for the device are told. */
  readonly lost: Promise<Loss>;
  /** Why the device is lost, if it is. */
  loss?: Loss;
  /** What to do about the loss: the end of every error's message. */
  remedy: string;
  /** Ends the life of the device; only the first reason counts. */
  end(loss: Loss): Loss;
  /**
   * Throws if the device is gone.
   *
   * @param op the function that was called
   * @param gone what is lost with it, if anything
   */
  check(op: string, gone?: string): void;
  /**
   * Settles as the work does, or rejects with the loss as soon as the device is lost: in some browsers, work that waits for a
   * lost device never ends.
   *
   * @param op the function that was called
   */
  during<T>(op: string, work: Promise<T>): Promise<T>;
}

/** @param ended called once, before anybody is told */
export function createLife(device: GPUDevice, ended: () => void): Life {
  /** Functions that are told of a loss. They are no reactions to `lost`, which would pile up for as long as the device lives. */
  const waiting = new Set<(loss: Loss) => void>();
  const life: Life = {
    lost: device.lost.then(({ reason, message }) => life.end({ reason, message })),
    remedy: OPEN_ANEW,
    end(reason) {
      const loss = (life.loss ??= reason);
      ended();
      for (const tell of waiting) tell(loss);
      return loss;
    },
    check(op, gone) {
      if (life.loss === undefined) return;
      const { reason, message } = life.loss;
      throw new Error(
        `${op}: the GPU device was lost (${reason}${message && `: ${message}`})${gone ? `, and ${gone} with it` : ''}; ${life.remedy}`,
      );
    },
    async during(op, work) {
      let tell: (loss: Loss) => void;
      const over = new Promise<never>((_, reject) => waiting.add((tell = reject)));
      try {
        return await Promise.race([work, over]);
      } catch (cause) {
        // A failure may be reported before the loss that causes it: a mapping hardly ever fails for any other reason.
        if (cause instanceof DOMException) await news(life);
        life.check(op);
        throw cause;
      } finally {
        waiting.delete(tell!);
      }
    },
  };
  return life;
}

/** Waits as long as the report of a loss may take. Call it after a failure that a loss may have caused. */
export async function news({ loss, lost }: Life): Promise<void> {
  if (loss === undefined) await Promise.race([lost, pause(TOLD_WITHIN)]);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
