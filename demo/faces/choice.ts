/** What the visitor has chosen. The address holds it, except for a picture of the visitor's own. */
import type { EngineName } from './engines/engine';
import { samples } from './photos';
import type { TaskName } from './tasks';

export interface Choice {
  readonly task: TaskName;
  readonly source: 'photo' | 'webcam';
  readonly engine: EngineName;
  /** An address, or a file that was picked or dropped. */
  readonly photo: string | File;
}

export function choiceOf(address: URLSearchParams): Choice {
  return {
    task: address.get('task') === 'pose' ? 'pose' : 'faces',
    source: address.get('source') === 'webcam' ? 'webcam' : 'photo',
    engine: address.get('engine') === 'tfjs' ? 'tfjs' : 'depthwise',
    photo: samples[Number(address.get('photo') ?? 1) - 1]?.url ?? samples[0].url,
  };
}

export function addressOf({ task, source, engine, photo }: Choice): string {
  const number = samples.findIndex(({ url }) => url === photo) + 1;
  return `?${new URLSearchParams({ task, source, engine, ...(number > 0 && { photo: String(number) }) }).toString()}`;
}
