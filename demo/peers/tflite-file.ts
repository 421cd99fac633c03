/**
 * Writes .tflite files, operator after operator. No npm package has the schema; codes and the order of fields are those of
 * `tflite/schema/schema.fbs` in https://github.com/google-ai-edge/LiteRT.
 */
import { FlatTables, type Field } from './flat-tables';

/** BuiltinOperator, its BuiltinOptions, and the version that has the features used here. */
const OPERATORS = {
  ADD: { code: 0, options: 11, version: 1 },
  CONV_2D: { code: 3, options: 1, version: 2 },
  DEPTHWISE_CONV_2D: { code: 4, options: 2, version: 2 },
  MAX_POOL_2D: { code: 17, options: 5, version: 1 },
  MUL: { code: 18, options: 21, version: 1 },
  MEAN: { code: 40, options: 27, version: 1 },
  SUB: { code: 41, options: 28, version: 1 },
  RSQRT: { code: 76, options: 0, version: 1 },
  SQUARED_DIFFERENCE: { code: 99, options: 76, version: 1 },
  HARD_SWISH: { code: 117, options: 91, version: 1 },
  GELU: { code: 150, options: 116, version: 1 },
} as const;

type Operator = keyof typeof OPERATORS;

const NAMES = Object.keys(OPERATORS) as Operator[];

/** TensorType. */
const FLOAT32 = 0;
const INT32 = 2;

type Shape = readonly number[];

interface ConvOptions {
  readonly strides: number;
  readonly dilations: number;
  /** ActivationFunctionType. */
  readonly activation: number;
}

/** Every method adds an operator or a tensor; all return the tensor's number. */
export class TfliteFile {
  readonly #flat = new FlatTables();
  /** Buffer 0 belongs to every tensor that is not a constant. */
  readonly #buffers = [this.#flat.table()];
  readonly #tensors: number[] = [];
  readonly #operators: number[] = [];

  tensor(shape: Shape): number {
    return this.#tensor(shape, FLOAT32, 0);
  }

  floats(shape: Shape, values: Float32Array): number {
    return this.#tensor(shape, FLOAT32, this.#buffer(this.#flat.floatBytes(values)));
  }

  conv2d(inputs: readonly number[], shape: Shape, { strides, dilations, activation }: ConvOptions): number {
    // padding (SAME), stride_w, stride_h, activation, dilation_w, dilation_h
    const [stride, dilation] = [int32(strides), int32(dilations)];
    return this.#operator('CONV_2D', inputs, shape, 'none', stride, stride, int8(activation), dilation, dilation);
  }

  depthwiseConv2d(
    inputs: readonly number[],
    shape: Shape,
    { strides, dilations, activation, multiplier }: ConvOptions & { readonly multiplier: number },
  ): number {
    // As above, with depth_multiplier before the activation.
    const [stride, dilation] = [int32(strides), int32(dilations)];
    const head: Field[] = ['none', stride, stride, int32(multiplier), int8(activation)];
    return this.#operator('DEPTHWISE_CONV_2D', inputs, shape, ...head, dilation, dilation);
  }

  maxPool2d(x: number, shape: Shape, strides: number, [height, width]: Shape): number {
    // padding (SAME), stride_w, stride_h, filter_width, filter_height, activation
    const stride = int32(strides);
    return this.#operator('MAX_POOL_2D', [x], shape, 'none', stride, stride, int32(width), int32(height), int8(0));
  }

  add(inputs: readonly number[], shape: Shape, activation = 0): number {
    return this.#operator('ADD', inputs, shape, int8(activation));
  }

  subtract(inputs: readonly number[], shape: Shape): number {
    return this.#operator('SUB', inputs, shape, int8(0));
  }

  multiply(inputs: readonly number[], shape: Shape): number {
    return this.#operator('MUL', inputs, shape, int8(0));
  }

  squaredDifference(inputs: readonly number[], shape: Shape): number {
    return this.#operator('SQUARED_DIFFERENCE', inputs, shape);
  }

  /** Reduces over axes, which stay with size 1. */
  mean(x: number, axes: Shape, shape: Shape): number {
    const list = this.#tensor([axes.length], INT32, this.#buffer(this.#flat.intBytes(axes)));
    return this.#operator('MEAN', [x, list], shape, int8(1));
  }

  rsqrt(x: number, shape: Shape): number {
    return this.#operator('RSQRT', [x], shape);
  }

  hardSwish(x: number, shape: Shape): number {
    return this.#operator('HARD_SWISH', [x], shape);
  }

  /** The exact gelu. */
  gelu(x: number, shape: Shape): number {
    return this.#operator('GELU', [x], shape);
  }

  /** The whole file's bytes. */
  finish(input: number, output: number): Uint8Array {
    const flat = this.#flat;
    // deprecated_builtin_code (where it fits), custom_code, version, builtin_code
    const codes = NAMES.map((name) => {
      const { code, version } = OPERATORS[name];
      return flat.table(int8(Math.min(code, 127)), 'none', int32(version), int32(code));
    });
    const lists = [flat.tables(this.#tensors), flat.ints([input]), flat.ints([output]), flat.tables(this.#operators)];
    const graph = flat.table(...[...lists, flat.text('main')].map(offset));
    const parts = [flat.tables(codes), flat.tables([graph]), flat.text('a network'), flat.tables(this.#buffers)];
    return flat.finish(flat.table(int32(3), ...parts.map(offset)), 'TFL3');
  }

  #operator(name: Operator, inputs: readonly number[], shape: Shape, ...options: readonly Field[]): number {
    const flat = this.#flat;
    const output = this.tensor(shape);
    const [read, written] = [flat.ints(inputs), flat.ints([output])];
    // opcode_index, inputs, outputs, builtin_options_type, builtin_options
    const fields: Field[] = [int32(NAMES.indexOf(name)), offset(read), offset(written)];
    const kind = OPERATORS[name].options;
    if (kind > 0) fields.push(int8(kind), offset(flat.table(...options)));
    this.#operators.push(flat.table(...fields));
    return output;
  }

  #tensor(shape: Shape, type: number, buffer: number): number {
    const flat = this.#flat;
    const [dimensions, name] = [flat.ints(shape), flat.text(`t${this.#tensors.length}`)];
    // shape, type, buffer, name, quantization, is_variable, sparsity, shape_signature, has_rank
    const fields: Field[] = [offset(dimensions), int8(type), int32(buffer), offset(name)];
    this.#tensors.push(flat.table(...fields, 'none', 'none', 'none', 'none', int8(1)));
    return this.#tensors.length - 1;
  }

  /** Adds a buffer; returns its number. */
  #buffer(bytes: number): number {
    this.#buffers.push(this.#flat.table(offset(bytes)));
    return this.#buffers.length - 1;
  }
}

function int8(value: number): Field {
  return ['int8', value];
}

function int32(value: number): Field {
  return ['int32', value];
}

function offset(value: number): Field {
  return ['offset', value];
}
