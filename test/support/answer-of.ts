/**
 * The one answer of a worker, which then ends.
 *
 * @param question is posted to it first, if there is one
 */
export async function answerOf<T>(worker: Worker, question?: unknown): Promise<T> {
  try {
    return await new Promise<T>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<T>) => resolve(data));
      // A module that fails to load answers nothing.
      worker.addEventListener('error', ({ message }) => reject(new Error(`the worker failed: ${message}`)));
      if (question !== undefined) worker.postMessage(question, []);
    });
  } finally {
    worker.terminate();
  }
}
