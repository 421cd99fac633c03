/**
 * What a measured winner is filed under: the problem, the kernels' texts, and the device with its browser. Pure.
 *
 * @module
 */
import type { Question } from '../kernels/choice';
import { nameOf } from '../kernels/epilogue';
import type { Method } from '../kernels/kernel';
import type { Tile } from '../step';

/** What a browser says of itself. */
export interface Agent {
  readonly userAgent?: string;
  readonly userAgentData?: { readonly brands: readonly { readonly brand: string; readonly version: string }[] };
}

/** What an adapter says of itself. */
export type AdapterWords = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>;

/** The same question, whoever asks it: kernels, sizes and epilogue, without the name of the public function. */
export function questionKey({ kernels, problem, epilogue, halves }: Question): string {
  const stages = epilogue.map(nameOf);
  const names = kernels.map(({ name }) => name);
  return [names.join(' '), precisionOf(halves), JSON.stringify(problem, withoutWords), stages.join(' ')].join(' | ');
}

/** Neither the name of the public function is part of a problem nor, of a stage that has a name, its code. */
function withoutWords(member: string, value: unknown): unknown {
  return member === 'op' || member === 'body' ? undefined : value;
}

/** `f32`, or what is float16: `f16 x weights output`, and `sums`. */
function precisionOf(halves: Question['halves']): string {
  if (halves === undefined) return 'f32';
  return ['f16', ...halves.stored, ...(halves.sums ? ['sums'] : [])].join(' ');
}

/** A kernel and the text of its shader: `depthwise/tile@1f0c93aa`; of a chain the texts of all that it may be made of. */
export function kernelId(kernel: Method<never>): string {
  const known = ids.get(kernel) ?? `${kernel.name}@${hash(kernel.wgsl)}`;
  ids.set(kernel, known);
  return known;
}

/** A kernel with one of its tiles: `depthwise/tile@1f0c93aa TILE_WIDTH=4 WORKGROUP_X=8`. */
export function candidateId({ kernel, tile }: { readonly kernel: Method<never>; readonly tile: Tile }): string {
  return [kernelId(kernel), knobsOf(tile)].join(' ');
}

/** The knobs of a tile, as a reader has them: `TILE_WIDTH=4 WORKGROUP_X=8`. */
export function knobsOf(tile: Tile): string {
  return Object.entries(tile)
    .map(([knob, value]) => `${knob}=${value}`)
    .join(' ');
}

const ids = new WeakMap<Method<never>, string>();

/** The device and the browser whose compiler it is measured with. */
export function deviceKey(info: Partial<AdapterWords> | undefined, agent: Agent | undefined): string {
  const { vendor = '', architecture = '', device = '', description = '' } = info ?? {};
  return [vendor, architecture, device, description, browserOf(agent)].join(' | ');
}

/** User agents, most particular first: Edge and Opera say Chrome, and everyone says Safari. */
const ENGINES: readonly (readonly [name: string, version: RegExp])[] = [
  ['Firefox', /\bFirefox\/(\d+)/],
  ['Chromium', /\b(?:Chrome|Chromium|HeadlessChrome)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)\S* (?:Mobile\/\S+ )?Safari\//],
  // Whatever else runs on iOS is WebKit of the system's version.
  ['WebKit, iOS', /\b(?:iPhone )?OS (\d+)_/],
];

/** The engine and its major version: `Chromium 147`. A new version may bring another shader compiler. */
export function browserOf({ userAgent = '', userAgentData }: Agent = {}): string {
  const chromium = userAgentData?.brands.find(({ brand }) => brand === 'Chromium');
  if (chromium !== undefined) return `Chromium ${Number.parseInt(chromium.version, 10)}`;
  for (const [name, version] of ENGINES) {
    const match = version.exec(userAgent);
    if (match !== null) return `${name} ${match[1]}`;
  }
  // Node, Deno and Bun name themselves first.
  return /^[\w.]+\/\d+/.exec(userAgent)?.[0].replace('/', ' ') ?? 'unknown';
}

/** FNV-1a; two texts of one kernel need only be told apart. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state >>> 0).toString(16).padStart(8, '0');
}
