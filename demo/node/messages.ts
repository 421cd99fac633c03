/** Calls from one Node process to another. Arguments and results are cloned, including typed arrays. */
import type { ChildProcess } from 'node:child_process';

/** The methods of a process: functions of plain data with asynchronous results. */
export type Methods<T> = Readonly<Record<keyof T, (...parameters: never[]) => Promise<unknown>>>;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

type Message =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  /** The next action: a sign of life, and the thing to blame if no other sign follows. */
  | { readonly step: string };

/** Answers the parent of this process. */
export function serve<T extends Methods<T>>(methods: T): void {
  const send = (message: Message): void => void process.send?.(message);
  process.on('message', ({ id, method, parameters }: Request) => {
    methods[method as keyof T](...(parameters as never[])).then(
      (value) => send({ id, value }),
      (error: unknown) => send({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Dawn's device keeps a process alive.
  process.on('disconnect', () => process.exit(0));
}

/** Tells the parent what this process is about to do. */
export function tellStep(step: string): void {
  process.send?.({ step } satisfies Message);
}

export interface Connection<T extends Methods<T>> {
  /** Why the process has ended; undefined while it has not. */
  readonly ended: () => string | undefined;
  /** @throws (rejects) with what the process threw, or why it has ended */
  call<K extends keyof T & string>(method: K, ...parameters: Parameters<T[K]>): ReturnType<T[K]>;
  close(): void;
}

interface Caller {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Windows cannot stop a process. */
const IS_UNIX = process.platform !== 'win32';

/**
 * Calls a child process, and ends it when it is silent for too long: a GPU that hangs is free again when the process is gone. The
 * process is stopped between two calls, because an idle one with ONNX Runtime keeps a core busy, which would slow the others.
 *
 * @param patienceMs asked before each wait
 */
export function connect<T extends Methods<T>>(child: ChildProcess, patienceMs: () => number): Connection<T> {
  const pending = new Map<number, Caller>();
  let calls = 0;
  let ended: string | undefined;
  let step = '';
  let timer: NodeJS.Timeout | undefined;

  const send = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    if (IS_UNIX && ended === undefined) child.kill(signal);
  };
  const end = (why: string): void => {
    clearTimeout(timer);
    ended ??= why;
    for (const { reject } of pending.values()) reject(new Error(ended));
    pending.clear();
  };
  const wait = (): void => {
    clearTimeout(timer);
    if (pending.size === 0) {
      send('SIGSTOP');
      return;
    }
    const ms = patienceMs();
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      end(`it hangs: no answer in ${ms / 1000} s${step === '' ? '' : ` (${step})`}, so its process was ended`);
    }, ms);
  };
  child.on('message', (message: Message) => {
    if ('step' in message) step = message.step;
    else {
      const caller = pending.get(message.id);
      pending.delete(message.id);
      if ('error' in message) caller?.reject(new Error(message.error));
      else caller?.resolve(message.value);
    }
    wait();
  });
  child.on('error', (error) => end(`its process does not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    end(`its process ended by itself (${signal ?? `exit code ${code}`})${step === '' ? '' : ` at ${step}`}`);
  });

  return {
    ended: () => ended,
    call<K extends keyof T & string>(method: K, ...parameters: Parameters<T[K]>) {
      const answer = new Promise<unknown>((resolve, reject) => {
        if (ended !== undefined) {
          reject(new Error(ended));
          return;
        }
        const id = calls++;
        step = method;
        pending.set(id, { resolve, reject });
        send('SIGCONT');
        child.send({ id, method, parameters } satisfies Request);
        wait();
      });
      return answer as ReturnType<T[K]>;
    },
    close() {
      end('its process was ended');
      child.kill('SIGKILL');
    },
  };
}
