/** The networks that are measured. */
import type { NetworkOptions } from './builder';
import { convNeXtTiny } from './conv-next';
import { efficientNetLite0 } from './efficient-net-lite0';
import { mobileNetV1 } from './mobile-net-v1';
import { mobileNetV2 } from './mobile-net-v2';
import { mobileNetV3Large, mobileNetV3Small } from './mobile-net-v3';
import type { Network } from './network';
import { resNeXt50 } from './resnext';

/** By the names they give themselves. */
export const NETWORKS: Readonly<Record<string, (options?: NetworkOptions) => Network>> = {
  mobileNetV1,
  mobileNetV2,
  mobileNetV3Small,
  mobileNetV3Large,
  efficientNetLite0,
  resNeXt50_32x4d: resNeXt50,
  convNeXtTiny,
};

/** The networks of a run that names none. Such a run has no time for more. */
const UNASKED: ReadonlySet<string> = new Set(['mobileNetV1', 'mobileNetV2']);

/** The networks of a run, at 224 x 224: those that a pattern finds in "network" and their names. */
export function networksOf(pattern: RegExp | undefined): readonly Network[] {
  const names = Object.keys(NETWORKS).filter((name) =>
    pattern === undefined ? UNASKED.has(name) : pattern.test(`network ${name}`),
  );
  return names.map((name) => NETWORKS[name]());
}
