/** Products, and ops that run along rows, against ONNX Runtime. */
import fc from 'fast-check';
import * as library from '../../../src/index';
import { add, logSoftmax, matMul, multiply, softmax, type Tensor } from '../../../src/index';
import { EPSILON } from '../../support/close';
import { float, whole } from '../../support/onnx-cases';
import { roundings } from './bounds';
import { axisOf, from, fromFirst, operandsOf, picks, seed, shapeOf, size } from './draws';
import { peerOp, type Bound, type PeerOp } from './peer-call';

/** Matrices, rows and columns, whose batches broadcast to one another. */
const products = peerOp(
  'MatMul',
  fc.record({ batch: shapeOf(0, 3), sizes: fc.tuple(size, size, from(1, 70)), pick: picks, form: from(0, 5), seed }),
  ({ batch, sizes: [rows, columns, depth], pick, form, seed: s }) => {
    const [left, right] = operandsOf(batch.map((n) => Math.min(n, 3)), pick, 2); // prettier-ignore
    const isRow = form === 1;
    const isColumn = form === 2;
    const a = isRow ? [depth] : [...left, rows, depth];
    const b = isColumn ? [depth] : [...right, depth, columns];
    return {
      op: 'matMul',
      inputs: [{ shape: a }, { shape: b }],
      seed: s,
      ...(!isRow && !isColumn && { ours: ([x, y]: readonly Tensor[]) => matMul(x, y) }),
      theirs: { onnx: { op: 'MatMul', inputs: [0, 1] } },
      bound: { terms: depth },
    };
  },
  ['matMul'],
);

const general = peerOp(
  'Gemm',
  fc.record({ sizes: fc.tuple(size, size, from(1, 40)), how: from(0, 3), alpha: fc.constantFrom(1, 0.5), beta: fc.constantFrom(1, 2), c: fc.constantFrom('none', 'number', 'row', 'column', 'whole'), seed }), // prettier-ignore
  ({ sizes: [rows, columns, depth], how, alpha, beta, c, seed: s }) => {
    const [transposeA, transposeB] = [how % 2 === 1, how > 1];
    const shapes = { none: [], number: [[1]], row: [[columns]], column: [[rows, 1]], whole: [[rows, columns]] }[c];
    const inputs = [
      { shape: transposeA ? [depth, rows] : [rows, depth] },
      { shape: transposeB ? [columns, depth] : [depth, columns] },
      ...shapes.map((shape) => ({ shape })),
    ];
    return {
      op: 'matMul',
      inputs,
      seed: s,
      rest: [{ transposeA, transposeB, alpha, beta }],
      ours: ([x, y, more]) => {
        const product = matMul(x, y, { transposeA, transposeB });
        using scaled = multiply(product, alpha);
        product.dispose();
        if (more === undefined) return multiply(scaled, 1);
        using factor = multiply(more, beta);
        return add(scaled, factor);
      },
      theirs: {
        onnx: {
          op: 'Gemm',
          inputs: inputs.map((_, i) => i),
          attributes: {
            transA: Number(transposeA),
            transB: Number(transposeB),
            alpha: float(alpha),
            beta: float(beta),
          },
        },
      },
      bound: { terms: depth + 4 },
    };
  },
  ['matMul'],
);

const soft = peerOp(
  'Softmax',
  fc.record({ isLog: fc.boolean(), shape: shapeOf(1, 5), pick: from(0, 99), opset: fc.constantFrom(11, 17), seed }),
  ({ isLog, shape, pick, opset, seed: s }) => {
    const axis = axisOf(pick, shape.length);
    const isFlat = opset < 13;
    const terms = isFlat ? shape.slice(axis).reduce((all, n) => all * n, 1) : shape[fromFirst(axis, shape.length)];
    return {
      op: isLog ? 'logSoftmax' : 'softmax',
      inputs: [{ shape }],
      seed: s,
      rest: [axis, { opset }],
      // Older versions treated all axes from a given one on as one.
      ...(!isFlat && { ours: ([x]: readonly Tensor[]) => (isLog ? logSoftmax : softmax)(x, axis) }),
      theirs: { onnx: { op: isLog ? 'LogSoftmax' : 'Softmax', inputs: [0], opset, attributes: { axis } } },
      bound: isLog
        ? (y) => y.map((v) => 2 * (16 + terms + 8 * Math.abs(v)) * EPSILON + 2 ** -20)
        : roundings(2 * (2 * 7 + 2 + terms + 5)),
    };
  },
  ['softmax', 'logSoftmax'],
);

const REDUCTIONS: Readonly<Record<string, string | undefined>> = {
  ReduceL1: undefined,
  ReduceL2: undefined,
  ReduceLogSumExp: undefined,
  ReduceMax: 'reduceMax',
  ReduceMean: 'reduceMean',
  ReduceMin: 'reduceMin',
  ReduceProd: 'reduceProd',
  ReduceSum: 'reduceSum',
  ReduceSumSquare: undefined,
};

const reduced = peerOp(
  'reductions of ONNX',
  fc
    .tuple(
      fc.constantFrom(...Object.keys(REDUCTIONS)),
      fc.record({ shape: shapeOf(1, 5), pick: picks, keepDims: fc.boolean(), seed }),
    )
    .map(([op, g]) => ({ op, ...g })),
  ({ op, shape, pick, keepDims, seed: s }) => {
    const chosenAxes = [...shape.keys()].filter((i) => pick[i] % 2 === 1);
    // Without axes, all of them are meant.
    const axes = chosenAxes.length === 0 ? [...shape.keys()] : chosenAxes;
    const isNegative = pick[7] % 2 === 1;
    const terms = axes.reduce((all, axis) => all * shape[axis], 1);
    const name = REDUCTIONS[op];
    const bound: Bound | undefined =
      op === 'ReduceMax' || op === 'ReduceMin'
        ? undefined
        : op === 'ReduceProd'
          ? roundings(2 * terms + 2)
          : op === 'ReduceLogSumExp'
            ? (y) => y.map((v) => (2 * terms + 40 + 8 * Math.abs(v)) * EPSILON + 2 ** -20)
            : { terms: terms + 8 };
    return {
      op: name ?? op,
      inputs: [{ shape }],
      seed: s,
      rest: [axes, { keepDims }],
      ...(name !== undefined && {
        ours: ([x]: readonly Tensor[]) =>
          (library as unknown as Record<string, (...args: unknown[]) => Tensor>)[name](x, axes, { keepDims }),
      }),
      theirs: {
        onnx: {
          op,
          inputs: [0, whole(...(chosenAxes.length === 0 ? [] : axes.map((i) => (isNegative ? i - shape.length : i))))],
          opset: 18,
          attributes: { keepdims: Number(keepDims) },
        },
      },
      ...(bound && { bound }),
    };
  },
  Object.entries(REDUCTIONS).map(([op, name]) => name ?? op),
);

/** Axes by letters: in any order, some in both operands, and some summed. */
const einsums = peerOp(
  'Einsum',
  fc.record({ sizes: fc.tuple(from(1, 4), size, size, from(1, 9)), form: fc.constantFrom('bik,bkj->bij', 'bik,bjk->bij', 'ik,kj->ij', 'bik,kj->bij', 'i,j->ij'), seed }), // prettier-ignore
  ({ sizes: [b, i, j, k], form, seed: s }) => {
    const own: Readonly<Record<string, number>> = { b, i, j, k };
    const inputs = form
      .split('->')[0]
      .split(',')
      .map((letters) => ({ shape: letters.split('').map((letter) => own[letter]) }));
    return {
      op: 'Einsum',
      inputs,
      seed: s,
      rest: [form],
      theirs: { onnx: { op: 'Einsum', inputs: [0, 1], attributes: { equation: form } } },
      bound: { terms: form.includes('k') ? k : 1 },
    };
  },
);

export const onnxProducts: readonly PeerOp[] = [products, general, soft, reduced, einsums];
