/** What a run is asked for in the page's address: `?filter=regex`, `?quick`, `?peers`, and `?sample=30&seed=7`. */
import type { SampleAsked } from '../sample/parameters';
import { PRESETS, type Asked } from './presets';

export interface AskedByAddress {
  readonly asked: Asked;
  readonly sampleAsked: SampleAsked;
  /** Whether the run begins at once. */
  readonly auto: boolean;
}

/** An address that asks for nothing asks for the first preset. */
export function askedBy(parameters: URLSearchParams): AskedByAddress {
  const says = ['filter', 'quick', 'peers', 'sample', 'auto'].some((name) => parameters.has(name));
  const told = {
    filter: parameters.get('filter') ?? '',
    quick: parameters.has('quick'),
    peers: parameters.has('peers'),
  };
  const sampleAsked = Object.fromEntries([...parameters].filter(([name]) => name === 'sample' || name === 'seed'));
  return { asked: says ? told : PRESETS[0], sampleAsked, auto: parameters.has('auto') };
}

/** The address that asks for it. */
export function searchOf({ filter, quick, peers }: Asked, sampleAsked: SampleAsked): string {
  return new URLSearchParams({
    filter,
    ...(quick ? { quick: '' } : {}),
    ...(peers ? { peers: '' } : {}),
    ...sampleAsked,
  }).toString();
}
