/**
 * The page's side of a worker that computes: it makes the worker's calls available as local ones.
 */
import { afterAll } from 'vitest';
import type { Reply, Request, WorkerCalls } from './worker-calls';

export interface ComputingWorker {
  /** Runs a call in the worker; rejects with the message of the error that it threw there. */
  call<Name extends keyof WorkerCalls>(
    name: Name,
    parameters: Parameters<WorkerCalls[Name]>,
    transfer?: readonly Transferable[],
  ): Promise<Awaited<ReturnType<WorkerCalls[Name]>>>;
  /** Ends the worker, whatever it is doing; pending calls never settle. */
  terminate(): void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a worker, which ends with the file's tests at the latest. */
export function openWorker(): ComputingWorker {
  const worker = new Worker(new URL('./worker-calls.ts', import.meta.url), { type: 'module' });
  const pending = new Map<number, Waiting>();
  let asked = 0;

  worker.addEventListener('message', ({ data: { id, result, error } }: MessageEvent<Reply>) => {
    const waiting = pending.get(id);
    pending.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  });
  // A module that fails to load answers nothing: without this, its callers would wait forever.
  worker.addEventListener('error', ({ message }) => {
    for (const { reject } of pending.values()) reject(new Error(`the worker failed: ${message}`));
    pending.clear();
  });

  const call = async (
    name: keyof WorkerCalls,
    parameters: readonly unknown[],
    transfer: readonly Transferable[] = [],
  ) =>
    new Promise<unknown>((resolve, reject) => {
      const id = asked++;
      const request: Request = { id, call: name, parameters };
      pending.set(id, { resolve, reject });
      worker.postMessage(request, [...transfer]);
    });
  afterAll(() => worker.terminate());
  return { call: call as ComputingWorker['call'], terminate: () => worker.terminate() };
}
