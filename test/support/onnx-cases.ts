/** Files of one node each: every supported operator, in the forms of its versions. */
import { onnxFile, type OnnxAttributeValue, type OnnxConstant, type OnnxFileEnd, type OnnxType } from './onnx-file';
import type { OrtValue } from './ort-wasm';
import { randomValues } from './random';

/** An input of the node: fed, a constant of the file, or absent. */
export type CaseInput = { readonly fed: OrtValue } | { readonly constant: OnnxConstant } | null;

export interface OnnxCase {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly CaseInput[];
  readonly attributes?: Readonly<Record<string, OnnxAttributeValue>>;
  readonly opset?: number;
  /** How many outputs the node has; default 1. */
  readonly outputs?: number;
  /** Where the node runs; default 'gpu'. */
  readonly place?: 'host' | 'readback' | 'constant';
  readonly type?: OnnxType;
}

let seed = 0;

/** An input of random numbers around 0, or of the given ones. */
export const fed = (shape: readonly number[], values?: readonly number[]): CaseInput => ({
  fed: { shape, values: values ?? randomValues(size(shape), ++seed) },
});
/** The same with numbers above 0. */
export const above = (shape: readonly number[]): CaseInput =>
  fed(
    shape,
    Array.from(randomValues(size(shape), ++seed), (v) => Math.abs(v) + 0.1),
  );
/** Fed whole numbers. */
export const fedWhole = (shape: readonly number[], values: readonly number[]): CaseInput => ({
  fed: { shape, values, type: 'int64' },
});
/** Fed truth values. */
export const fedTruth = (shape: readonly number[], values: readonly number[]): CaseInput => ({
  fed: { shape, values, type: 'bool' },
});
/** Numbers as constants of the file. */
export const fixed = (shape: readonly number[], values?: readonly number[], type: OnnxType = 'float'): CaseInput => ({
  constant: { shape, values: values ?? [...randomValues(size(shape), ++seed)], type },
});
/** A list of whole numbers as a constant of the file. */
export const whole = (...values: number[]): CaseInput => fixed([values.length], values, 'int64');

function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

export const float = (value: number): OnnxAttributeValue => ({ float: value });

/** The file of a case, and its inputs. */
export function fileOf({ op, inputs, attributes, opset = 17, outputs = 1 }: OnnxCase): {
  readonly file: Uint8Array;
  readonly feeds: Readonly<Record<string, OrtValue>>;
} {
  const constants: Record<string, OnnxConstant> = {};
  const feeds: Record<string, OrtValue> = {};
  const ends: OnnxFileEnd[] = [];
  const names = inputs.map((input, i) => {
    if (input === null) return '';
    if ('constant' in input) constants[`c${i}`] = input.constant;
    else {
      feeds[`x${i}`] = input.fed;
      const { shape, type = 'float32' } = input.fed;
      ends.push({ name: `x${i}`, shape, type: type === 'float32' ? 'float' : type });
    }
    return 'constant' in input ? `c${i}` : `x${i}`;
  });
  const results = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const file = onnxFile({
    opset,
    constants,
    inputs: ends,
    nodes: [{ op, inputs: names, outputs: results, attributes }],
    outputs: results.map((name) => ({ name, type: null })),
  });
  return { file, feeds };
}
