/**
 * The list of weights in a model.json: what the shards hold, checked before a byte of them is read.
 *
 * @module
 * @see https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts (WeightsManifestConfig)
 */
import { check, describe, show, sizeOf } from '../../conv/check';
import { MAX_RANK } from '../../kernels/axes';
import { field, integerOf, listOf, textOf } from '../json';

/** What the elements stand for. */
export type WeightDType = 'float32' | 'int32' | 'bool' | 'uint8';

/** How the elements are stored, if not as the type that they stand for. */
export interface Quantization {
  readonly dtype: 'float16' | 'uint8' | 'uint16';
  /** A number is stored * scale + min; not of float16. */
  readonly scale: number;
  readonly min: number;
}

/** One weight, and where its bytes are. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: WeightDType;
  readonly quantization?: Quantization;
  /** Into the bytes of all shards, one after the other. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Weights that lie in the same shards. */
export interface WeightGroup {
  /** File names beside the model.json. */
  readonly paths: readonly string[];
  /** Of all its shards together. */
  readonly byteLength: number;
}

/** All weights of a model. */
export interface Manifest {
  readonly weights: ReadonlyMap<string, WeightSpec>;
  readonly groups: readonly WeightGroup[];
  readonly byteLength: number;
}

const BYTES: Readonly<Record<WeightDType | Quantization['dtype'], number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** A browser's array holds no more. */
const MAX_BYTES = 2 ** 31;

/**
 * The manifest of a parsed model.json.
 *
 * @throws if a name, type, shape or path is wrong
 */
export function manifestOf(op: string, model: unknown): Manifest {
  const weights = new Map<string, WeightSpec>();
  let offset = 0;
  const groups = listOf(`${op}: weightsManifest`, field(model, 'weightsManifest')).map((group, i): WeightGroup => {
    const start = offset;
    for (const entry of listOf(`${op}: weightsManifest[${i}].weights`, field(group, 'weights'))) {
      const weight = weightOf(op, entry, offset);
      check(!weights.has(weight.name), () => `${op}: there are two weights ${show(weight.name)}; names must differ`);
      weights.set(weight.name, weight);
      offset += weight.byteLength;
      check(
        offset <= MAX_BYTES,
        () =>
          `${op}: with weight ${show(weight.name)} ${describe(weight.shape)} the manifest has ${offset} bytes but the most is ${MAX_BYTES}`,
      );
    }
    const paths = listOf(`${op}: weightsManifest[${i}].paths`, field(group, 'paths'));
    return { paths: paths.map((path) => fileName(op, path)), byteLength: offset - start };
  });
  return { weights, groups, byteLength: offset };
}

function weightOf(op: string, entry: unknown, offset: number): WeightSpec {
  const name = textOf(`${op}: a weight's name`, field(entry, 'name'));
  const what = `${op}: weight ${show(name)}`;
  const shape = listOf(`${what}: shape`, field(entry, 'shape')).map((n) => integerOf(`${what}: a size`, n));
  const size = sizeOf(shape);
  check(
    shape.length <= MAX_RANK && shape.every((n) => n >= 0),
    () => `${what} has shape ${show(shape)}; give at most ${MAX_RANK} sizes of at least 0`,
  );
  check(
    // In a weight without elements the other sizes still count, since loops go over them.
    shape.reduce((product, n) => product * Math.max(n, 1), 1) <= MAX_BYTES,
    () => `${what} has shape ${describe(shape)}, whose sizes other than 0 multiply to more than ${MAX_BYTES}`,
  );
  const dtype = field(entry, 'dtype');
  check(
    dtype === 'float32' || dtype === 'int32' || dtype === 'bool' || dtype === 'uint8',
    () => `${what} has dtype ${show(dtype)}; those that can be read are float32, int32, bool and uint8`,
  );
  const quantization = quantizationOf(what, dtype, field(entry, 'quantization') ?? undefined);
  return { name, shape, dtype, quantization, offset, byteLength: size * BYTES[quantization?.dtype ?? dtype] };
}

function quantizationOf(what: string, of: WeightDType, value: unknown): Quantization | undefined {
  if (value === undefined) return undefined;
  const [dtype, scale, min] = ['dtype', 'scale', 'min'].map((name) => field(value, name));
  check(
    dtype === 'float16' || dtype === 'uint8' || dtype === 'uint16',
    () => `${what} is quantised as ${show(dtype)}; those that can be read are float16, uint8 and uint16`,
  );
  check(
    of === 'float32' || (of === 'int32' && dtype !== 'float16'),
    () => `${what} is ${of} quantised as ${dtype}; only float32 may be, and int32 as uint8 or uint16`,
  );
  if (dtype === 'float16') return { dtype, scale: 1, min: 0 };
  check(
    Number.isFinite(scale) && Number.isFinite(min),
    () => `${what} is quantised with scale ${show(scale)} and min ${show(min)}; both must be finite numbers`,
  );
  return { dtype, scale: scale as number, min: min as number };
}

/**
 * A path of the manifest, if it is the plain name of a file, perhaps after './': no name in a file reaches anything but the model's
 * own folder.
 */
function fileName(op: string, path: unknown): string {
  const name = textOf(`${op}: a path in weightsManifest`, path).replace(/^\.\//, '');
  check(
    // Control characters are invisible in a message, and nobody uses them in a file name.
    // oxlint-disable-next-line no-control-regex
    !/[/\\:?#%\u0000-\u001f]/.test(name) && !/^\.+$/.test(name) && !name.includes('..') && name.length <= 255,
    () =>
      `${op}: weightsManifest has the path ${show(name)}; a shard is a file beside model.json, named without / \\ : ? # % or ..`,
  );
  return name;
}
