/**
 * Tensors whose elements lie in another file. It must be a file beside the model: no name in a file reaches anything else.
 *
 * @module
 * @see https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
 */
import { check, fail, show } from '../../conv/check';
import type { OnnxTensor } from './proto';

/** The name of the file in which the elements of a tensor are; undefined if they are in this one. */
export function locationOf(what: string, { external }: OnnxTensor): string | undefined {
  if (external === undefined) return undefined;
  const name = (external.get('location') ?? '').replace(/^\.\//, '');
  check(
    // Control characters are invisible in a message, and nobody uses them in a file name.
    // oxlint-disable-next-line no-control-regex
    name !== '' && !/[/\\:?#%\u0000-\u001f]/.test(name) && !name.includes('..') && name !== '.' && name.length <= 255,
    () =>
      `${what} lies in the file ${show(name)}; those that can be read are beside the model, named without / \\ : ? # % or ..`,
  );
  return name;
}

/**
 * The part of a second file that a tensor is. The file says itself where it begins, and mostly how long it is.
 *
 * @param elsewhere the second file; undefined if nobody has given it
 * @param needed how many bytes it must have
 */
export function externalPart(
  what: string,
  external: ReadonlyMap<string, string>,
  elsewhere: Uint8Array | undefined,
  needed: number,
): Uint8Array {
  const file = show(external.get('location'));
  if (elsewhere === undefined) return fail(`${what} lies in the file ${file}; give it with options.externalData`);
  const number = (name: string, fallback: number): number => {
    const written = external.get(name);
    if (written === undefined) return fallback;
    check(
      /^\d{1,15}$/.test(written),
      () => `${what} lies in ${file} with ${name} ${show(written)}; it must be a whole number`,
    );
    return Number(written);
  };
  const offset = number('offset', 0);
  const end = offset + number('length', needed);
  check(
    end <= elsewhere.length,
    () =>
      `${what} lies in ${file} from byte ${offset} to ${end}, but that file has ${elsewhere.length} bytes; is it the one that belongs to the model?`,
  );
  return elsewhere.subarray(offset, end);
}
