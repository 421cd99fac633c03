/**
 * The key of a measured winner: the problem, the kernels' texts, and the device with its browser. Pure.
 *
 * @module
 */
import type { Question } from '../kernels/choice';
import { nameOf } from '../kernels/epilogue';
import type { Method } from '../kernels/kernel';
import type { Tile } from '../step';

/** The properties by which a browser names itself. */
export interface Agent {
  readonly userAgent?: string;
  readonly userAgentData?: { readonly brands: readonly { readonly brand: string; readonly version: string }[] };
}

/** The properties by which an adapter names itself. */
export type AdapterWords = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>;

/** The key of a question: kernels, sizes and epilogue, but not the public function, so that all ops share the answer. */
export function questionKey({ kernels, problem, epilogue, halves }: Question): string {
  const stages = epilogue.map(nameOf);
  const names = kernels.map(({ name }) => name);
  return [names.join(' '), precisionOf(halves), JSON.stringify(problem, withoutWords), stages.join(' ')].join(' | ');
}

/** Leaves out the name of the public function, and the code of a stage that has a name. */
function withoutWords(member: string, value: unknown): unknown {
  return member === 'op' || member === 'body' ? undefined : value;
}

/** The element types: `f32`, or a list of what is float16: `f16 x weights output`, and `sums`. */
function precisionOf(halves: Question['halves']): string {
  if (halves === undefined) return 'f32';
  return ['f16', ...halves.stored, ...(halves.sums ? ['sums'] : [])].join(' ');
}

/** A kernel with the hash of its shader: `depthwise/tile@1f0c93aa`; for a chain, of all shaders that it may use. */
export function kernelId(kernel: Method<never>): string {
  const known = ids.get(kernel) ?? `${kernel.name}@${hash(kernel.wgsl)}`;
  ids.set(kernel, known);
  return known;
}

/** A kernel with one of its tiles: `depthwise/tile@1f0c93aa TILE_WIDTH=4 WORKGROUP_X=8`. */
export function candidateId({ kernel, tile }: { readonly kernel: Method<never>; readonly tile: Tile }): string {
  return [kernelId(kernel), knobsOf(tile)].join(' ');
}

/** The knobs of a tile for a reader: `TILE_WIDTH=4 WORKGROUP_X=8`. */
export function knobsOf(tile: Tile): string {
  return Object.entries(tile)
    .map(([knob, value]) => `${knob}=${value}`)
    .join(' ');
}

const ids = new WeakMap<Method<never>, string>();

/** The device, and the browser whose compiler is part of the measurement. */
export function deviceKey(info: Partial<AdapterWords> | undefined, agent: Agent | undefined): string {
  const { vendor = '', architecture = '', device = '', description = '' } = info ?? {};
  return [vendor, architecture, device, description, browserOf(agent)].join(' | ');
}

/** Patterns of user agents, the most specific first: Edge and Opera also say Chrome, and all say Safari. */
const ENGINES: readonly (readonly [name: string, version: RegExp])[] = [
  ['Firefox', /\bFirefox\/(\d+)/],
  ['Chromium', /\b(?:Chrome|Chromium|HeadlessChrome)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)\S* (?:Mobile\/\S+ )?Safari\//],
  // Every other browser on iOS is WebKit of the system's version.
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

/** FNV-1a. A short hash is enough, since it only has to tell texts of one kernel apart. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state >>> 0).toString(16).padStart(8, '0');
}
