/**
 * A call of a convolution as plain data: what a generator makes, a check runs, and a failure prints.
 */
import type { Grouping } from '../../src/conv/layout';
import {
  conv2dProblem,
  depthwiseProblem,
  groupedProblem,
  pointwiseProblem,
  type ConvProblem,
} from '../../src/conv/problem';
import { outputShape, type ConvGeometry } from '../../src/conv/window';
import type { Activation, DType, GroupedMethod, SeparableMethod, Tile } from '../../src/index';

export type ConvOp = 'depthwiseConv2d' | 'conv2d' | 'pointwiseConv2d' | 'groupedConv2d' | 'separableConv2d';

/** What follows the sum. It says only which tensors there are, because the case's seed gives their numbers. */
export interface EpilogueCase {
  readonly bias?: boolean;
  readonly batchNorm?: { readonly scale: boolean; readonly offset: boolean; readonly epsilon?: number };
  readonly residual?: boolean;
  readonly residualOrder?: 'before-activation' | 'after-activation';
  readonly activation?: Activation | { readonly name: 'prelu' };
}

/** One call. */
export interface ConvCase {
  readonly op: ConvOp;
  readonly x: readonly number[];
  readonly filter: readonly number[];
  /** The pointwise filter of `separableConv2d`. */
  readonly mix?: readonly number[];
  readonly geometry: ConvGeometry;
  readonly epilogue: EpilogueCase;
  /** What `separableConv2d` does between its two steps. */
  readonly between?: EpilogueCase;
  readonly groups?: number;
  readonly grouping?: Grouping;
  readonly method?: GroupedMethod | SeparableMethod;
  /** The seed of the random numbers in its tensors. */
  readonly seed: number;
  /** The tensors that are stored as float16; absent means none. */
  readonly halves?: readonly SourceName[];
  /** Whether products are summed in float16. */
  readonly accumulate?: 'f16';
  /** Whether halves are packed in words even if the device has shader-f16. */
  readonly isPacked?: true;
  /** The device kind whose default rule picks kernels and tiles; if absent, that of the device. */
  readonly rule?: 'cpu' | 'gpu';
  /** A kernel and tile to use instead of the rule's choice. */
  readonly variant?: { readonly kernel: string; readonly tile: Tile };
}

/** The problems that the call computes, each on the output of the one before: two for a separable convolution. */
export function problemsOf(c: ConvCase): readonly [first: ConvProblem, second?: ConvProblem] {
  const { op, x, filter, geometry } = c;
  switch (op) {
    case 'depthwiseConv2d':
      return [depthwiseProblem(op, x, filter, geometry)];
    case 'conv2d':
      return [conv2dProblem(op, x, filter, { ...geometry, ...(c.groups !== undefined && { groups: c.groups }) })];
    case 'pointwiseConv2d':
      return [pointwiseProblem(op, x, filter, geometry)];
    case 'groupedConv2d':
      return [groupedProblem(op, x, filter, { ...geometry, groups: c.groups ?? 1, grouping: c.grouping })];
    case 'separableConv2d': {
      const first = depthwiseProblem(op, x, filter, geometry);
      const { dataFormat } = geometry;
      return [first, pointwiseProblem(op, outputShape(first), c.mix ?? [], { dataFormat })];
    }
  }
}

/** The numbers of a tensor: where they come from, and how many. */
export interface Source {
  readonly shape: readonly number[];
  readonly seed: number;
  /** True for a variance; all other numbers lie in [-1, 1). */
  readonly positive: boolean;
  readonly dtype: DType;
}

/** The tensors of an epilogue, by their names in the reference. */
export type EpilogueSources = Partial<
  Record<'bias' | 'mean' | 'variance' | 'scale' | 'offset' | 'residual' | 'alpha', Source>
>;

/** The tensors that may be float16. Those of both epilogues share their names. */
export type SourceName = 'x' | 'filter' | 'mix' | keyof EpilogueSources;

/** The tensors of a case. */
export interface Sources {
  readonly x: Source;
  readonly filter: Source;
  readonly mix?: Source;
  readonly epilogue: EpilogueSources;
  readonly between: EpilogueSources;
}

export function sourcesOf(c: ConvCase): Sources {
  let { seed } = c;
  const source = (name: SourceName, shape: readonly number[]): Source => ({
    shape,
    seed: seed++,
    positive: name === 'variance',
    dtype: dtypeOf(c, name),
  });
  const [first, second] = problemsOf(c);
  const epilogue = (e: EpilogueCase, p: ConvProblem): EpilogueSources => {
    const channels = [p.outChannels];
    return {
      ...(e.bias && { bias: source('bias', channels) }),
      ...(e.batchNorm && { mean: source('mean', channels), variance: source('variance', channels) }),
      ...(e.batchNorm?.scale && { scale: source('scale', channels) }),
      ...(e.batchNorm?.offset && { offset: source('offset', channels) }),
      ...(e.residual && { residual: source('residual', outputShape(p)) }),
      ...(isPrelu(e) && { alpha: source('alpha', channels) }),
    };
  };
  return {
    x: source('x', c.x),
    filter: source('filter', c.filter),
    ...(c.mix && { mix: source('mix', c.mix) }),
    epilogue: epilogue(c.epilogue, second ?? first),
    between: epilogue(c.between ?? {}, first),
  };
}

/** The element type of a tensor; that of x is also the output's. */
export function dtypeOf({ halves }: ConvCase, name: SourceName): DType {
  return halves?.includes(name) ? 'f16' : 'f32';
}

/** Which parts of a case are float16, for the figures of a long run. */
export function precisionOf(c: ConvCase): string {
  const { halves = [], accumulate, isPacked } = c;
  const stored = dtypeOf(c, 'x') === 'f16' ? 'f16' : halves.length > 0 ? 'f32 with f16 operands' : 'f32';
  return `${stored}${isPacked ? ', packed' : ''}${accumulate ? ', summed in f16' : ''}`;
}

export function isPrelu({ activation }: EpilogueCase): boolean {
  return typeof activation === 'object' && (activation.name as string) === 'prelu';
}

/** The arguments of a call, with a `T` for every tensor. */
export interface Call<T> {
  readonly args: readonly T[];
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The call as the user would write it.
 *
 * @param make makes a tensor, or the text for one
 */
export function callOf<T>(c: ConvCase, make: (source: Source) => T): Call<T> {
  const { x, filter, mix, epilogue, between } = sourcesOf(c);
  const { groups, grouping, method, accumulate } = c;
  return {
    args: [x, filter, ...(mix ? [mix] : [])].map(make),
    options: defined({
      ...c.geometry,
      groups,
      grouping,
      method,
      accumulate,
      between: c.between && epilogueOptions(c.between, between, make),
      ...epilogueOptions(c.epilogue, epilogue, make),
    }),
  };
}

function epilogueOptions(
  e: EpilogueCase,
  sources: EpilogueSources,
  make: (source: Source) => unknown,
): Readonly<Record<string, unknown>> {
  const made = (name: keyof EpilogueSources): unknown => sources[name] && make(sources[name]);
  return defined({
    bias: made('bias'),
    batchNorm:
      e.batchNorm &&
      defined({
        mean: made('mean'),
        variance: made('variance'),
        scale: made('scale'),
        offset: made('offset'),
        epsilon: e.batchNorm.epsilon,
      }),
    residual: made('residual'),
    residualOrder: e.residualOrder,
    activation: isPrelu(e) ? { name: 'prelu', alpha: made('alpha') } : e.activation,
  });
}

/** Removes undefined fields, so that a printed call shows only what was given. */
function defined(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
