/**
 * Winners as plain JSON, to keep or to ship with an app. They are for one device and one major version of one browser.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { GpuContext } from '../gpu/context';
import { loadAllKernels } from '../kernels/late';
import { checkGpu, type Gpu } from '../tensor/gpu';
import { keyOf, memoryOf } from './device-memory';
import { distrust, refuse, remember, type Memory, type Winner } from './memory';
import { allowWinograd, comparesWinograd } from './winograd';

const FORMAT = 'depthwise-tuning-1';

/** The measurements of one device, as plain JSON. */
export interface Tuning {
  readonly format: typeof FORMAT;
  /** The adapter, and the browser with its major version. */
  readonly device: string;
  readonly winners: readonly Winner[];
  /** Kernels that miscompute on the device, with the hashes of their shaders. */
  readonly broken: readonly string[];
  /** Kernels, each with a tile, that hung the device; they are not tried again. */
  readonly hung: readonly string[];
}

/** A place that keeps tuning between visits: a database, a file, a server of the app's. */
export interface TuningStore {
  /** Gives what was last saved for the device, or undefined. */
  load(device: string): Promise<unknown>;
  /** Keeps `tuning`, which JSON can hold, for the device. */
  save(device: string, tuning: Tuning): Promise<void>;
}

/** The result of loading. */
export interface Loaded {
  /** Winners that were taken over. */
  readonly accepted: number;
  /** What went wrong in the store, if anything. */
  readonly storeError?: Error;
}

/** More winners than any app has: a file with more is not ours. */
const MOST = { winners: 10_000, text: 4096, knobs: 16, knob: 65_536 } as const;

/**
 * What `tune` has measured on this device. Keep it, or ship it with the app for all devices of this kind.
 *
 * @example
 * ```ts
 * localStorage.setItem('tuning', JSON.stringify(exportTuning(gpu)));
 * ```
 * @see {@link importTuning}
 */
export function exportTuning(gpu: Gpu): Tuning {
  return exported(checkGpu('exportTuning', gpu).context);
}

/** What is known of a device, including a trial that has been running on it for suspiciously long. */
export function exported(context: GpuContext): Tuning {
  const { winners, suspect, ...lists } = memoryOf(context);
  const ids = (list: 'hung' | 'broken'): readonly string[] =>
    suspect?.list === list ? [...new Set([...lists[list], suspect.id!])] : [...lists[list]];
  return {
    format: FORMAT,
    device: keyOf(context),
    winners: [...winners.values()].map(({ winner }) => winner),
    broken: ids('broken'),
    hung: ids('hung'),
  };
}

/**
 * Takes over what `exportTuning` gave on the same kind of device, in the same major version of the browser. The JSON may come
 * from anywhere: invalid parts are ignored, and a winner is only used if it names a kernel and a tile that `tune` would try for
 * its problem, with an unchanged shader. `explain` says why a winner is not used, and so does the `explain` of programs.
 *
 * @returns how many winners were taken over; none if the device or browser is another
 * @example
 * ```ts
 * importTuning(gpu, JSON.parse(localStorage.getItem('tuning') ?? 'null'));
 * ```
 */
export function importTuning(gpu: Gpu, json: unknown): number {
  return imported(checkGpu('importTuning', gpu).context, json).accepted;
}

/** The winners that were taken over, and what they still wait for. */
interface Imported extends Pick<Loaded, 'accepted'> {
  readonly ready: Promise<void>;
}

const NOTHING: Imported = { accepted: 0, ready: Promise.resolve() };

function imported(context: GpuContext, json: unknown): Imported {
  // Nothing has been kept yet, so there is nothing to complain about.
  if (json === undefined || json === null) return NOTHING;
  const memory = memoryOf(context);
  const refusal = refusalOf(json, keyOf(context));
  if (refusal !== undefined) {
    refuse(memory, refusal);
    return NOTHING;
  }
  const { broken, hung, winners } = json as Readonly<Record<keyof Tuning, unknown>>;
  for (const id of listOf(broken)) if (isText(id)) distrust(memory, id);
  for (const id of listOf(hung)) if (isText(id)) memory.hung.add(id);
  memory.changed();
  const sound = listOf(winners)
    .map(winnerOf)
    .filter((winner) => winner !== undefined);
  for (const winner of sound) remember(memory, winner);
  const given = Array.isArray(winners) ? winners.length : 0;
  refuse(memory, given === sound.length ? undefined : notInOrder(given, sound.length));
  return { accepted: sound.length, ready: completed(memory, sound) };
}

/**
 * Loads the kernels among which the winners were measured: each is filed under the names of all of them. Winners are not used whose
 * kernels the server does not have any more.
 */
async function completed(memory: Memory, winners: readonly Winner[]): Promise<void> {
  if (winners.length > 0 && (await loadAllKernels())) memory.changed();
  if (winners.some(comparesWinograd)) await allowWinograd(memory, true).catch(() => {});
}

/** Why nothing of a file can be used, in the words of `explain`; undefined if the file can be used. */
function refusalOf(json: unknown, device: string): string | undefined {
  const ignored = 'the imported tuning is ignored';
  if (!isRecord(json)) return `${ignored}: it is ${Array.isArray(json) ? 'a list' : `a ${typeof json}`}, no object`;
  if (json.format !== FORMAT) return `${ignored}: its format is ${said(json.format)}, and this version reads ${FORMAT}`;
  if (json.device !== device) return `${ignored}: it is of ${said(json.device)}, and this is ${device}`;
  return undefined;
}

/** Says how many winners are invalid, or that there are more than any app has. */
function notInOrder(given: number, sound: number): string {
  return `of the imported tuning ${given - sound} of ${given} winners are ignored: they are invalid, or more than ${MOST.winners}`;
}

/** Shows a text from a file only if it is one line of plain words. */
function said(text: unknown): string {
  return typeof text === 'string' && /^[\w .,:;|()+/-]{1,200}$/.test(text) ? text : 'another';
}

/**
 * Takes over what `tune` has kept on earlier visits, without measuring anything. A store that fails does no harm.
 *
 * @param store the store that `tune` was given; `indexedDbStore()` if it was given none
 * @example
 * ```ts
 * await loadTuning(gpu, indexedDbStore());
 * ```
 */
export async function loadTuning(gpu: Gpu, store: TuningStore): Promise<Loaded> {
  const { context } = checkGpu('loadTuning', gpu);
  checkStore('loadTuning', store);
  return importedFrom(context, store);
}

/** The same as `loadTuning` for a context. */
export async function importedFrom(context: GpuContext, store: TuningStore): Promise<Loaded> {
  try {
    const { accepted, ready } = imported(context, await store.load(keyOf(context)));
    await ready;
    return { accepted };
  } catch (error) {
    return { accepted: 0, storeError: storeError('load', error) };
  }
}

/** @throws if it is no store */
export function checkStore(op: string, store: unknown): asserts store is TuningStore {
  const { load, save } = (store ?? {}) as Partial<TuningStore>;
  check(
    typeof load === 'function' && typeof save === 'function',
    () => `${op}: store is ${show(store)}; give an object with the functions load and save`,
  );
}

/** Saves what is known in the store. @returns what went wrong, if anything */
export async function saveTuning(context: GpuContext, store: TuningStore): Promise<Error | undefined> {
  try {
    const tuning = exported(context);
    await store.save(tuning.device, tuning);
    return undefined;
  } catch (error) {
    return storeError('save', error);
  }
}

function storeError(what: 'load' | 'save', cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`tune: the store could not ${what} the tuning: ${reason}`, { cause });
}

function winnerOf(json: unknown): Winner | undefined {
  if (!isRecord(json)) return undefined;
  const { problem, kernels, kernel, tile, speedup, measured } = json;
  const sound =
    [problem, kernels, kernel].every(isText) &&
    typeof speedup === 'number' &&
    speedup >= 1 &&
    Number.isFinite(speedup) &&
    typeof measured === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(measured);
  const knobs = isRecord(tile) ? Object.entries(tile) : undefined;
  if (!sound || knobs === undefined || knobs.length > MOST.knobs || !knobs.every(isKnob)) return undefined;
  // Make a new object, so that no other properties of the file are taken over.
  return { problem, kernels, kernel, tile: Object.fromEntries(knobs), speedup, measured } as Winner;
}

function isKnob([name, value]: readonly [string, unknown]): boolean {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) && Number.isInteger(value) && Math.abs(value as number) <= MOST.knob;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST.text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length <= MOST.winners ? value : [];
}
