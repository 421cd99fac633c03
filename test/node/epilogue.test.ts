/**
 * The WGSL text of epilogues and activations.
 */
import { describe, expect, test } from 'vitest';
import { activationCode, activationNames } from '../../src/kernels/activation';
import { epilogueCode } from '../../src/kernels/epilogue';

describe('an epilogue', () => {
  const relu = { kind: 'activation', code: activationCode('op', 'relu') } as const;

  test('without stages returns the sum', () => {
    expect(epilogueCode(3, [])).toEqual({ bindings: [] });
  });

  test('binds its operands after those of the shader, in the order of the stages', () => {
    const prelu = { kind: 'activation', code: activationCode('op', { name: 'prelu' }) } as const;
    expect(epilogueCode(3, [{ kind: 'affine' }, { kind: 'residual' }, prelu])).toMatchInlineSnapshot(`
      {
        "aliases": {
          "PerChannel": "Operands",
        },
        "bindings": [
          {
            "access": "read",
            "binding": 3,
            "name": "affine",
          },
          {
            "access": "read",
            "binding": 4,
            "name": "residual",
          },
          {
            "access": "read",
            "binding": 5,
            "name": "alpha",
          },
        ],
        "slots": {
          "epilogue": {
            "body": "var r = v; r = r * of_channel.gain + of_channel.offset; r += residual[at]; r = activation2(r, of_channel.alpha); return r;",
            "declarations": "@group(0) @binding(3) var<storage, read> affine: array<V>;
      @group(0) @binding(4) var<storage, read> residual: array<V>;
      @group(0) @binding(5) var<storage, read> alpha: array<V>;
      fn activation2(v: V, alpha: V) -> V { return v * select(V(1), alpha, bitcast<Bits>(v) < Bits(0)); }",
          },
          "per_channel": {
            "body": "return Operands(affine[channel], affine[arrayLength(&affine) / 2u + channel], alpha[channel]);",
            "declarations": "struct Operands { gain: V, offset: V, alpha: V }",
          },
        },
      }
    `);
  });

  test('loads what belongs to a channel once for all its outputs, a batch norm included', () => {
    const norm = { kind: 'norm', epsilon: 0.001, gamma: true, beta: false } as const;
    expect(epilogueCode(3, [{ kind: 'bias' }, norm], 'between_')).toMatchInlineSnapshot(`
      {
        "aliases": {
          "BetweenPerChannel": "BetweenOperands",
        },
        "bindings": [
          {
            "access": "read",
            "binding": 3,
            "name": "between_bias",
          },
          {
            "access": "read",
            "binding": 4,
            "name": "between_mean",
          },
          {
            "access": "read",
            "binding": 5,
            "name": "between_variance",
          },
          {
            "access": "read",
            "binding": 6,
            "name": "between_gamma",
          },
        ],
        "slots": {
          "between_epilogue": {
            "body": "var r = v; r += of_channel.bias; r = (r - of_channel.mean) * of_channel.scale + of_channel.shift; return r;",
            "declarations": "@group(0) @binding(3) var<storage, read> between_bias: array<V>;
      @group(0) @binding(4) var<storage, read> between_mean: array<V>;
      @group(0) @binding(5) var<storage, read> between_variance: array<V>;
      @group(0) @binding(6) var<storage, read> between_gamma: array<V>;",
          },
          "between_per_channel": {
            "body": "return BetweenOperands(between_bias[channel], between_mean[channel], between_gamma[channel] / sqrt(between_variance[channel] + V(0.0010000000474974513f)), V(0));",
            "declarations": "struct BetweenOperands { bias: V, mean: V, scale: V, shift: V }",
          },
        },
      }
    `);
  });

  test('may have a stage twice, whose operands have its place in their names the second time', () => {
    expect(epilogueCode(3, [relu, { kind: 'residual' }, relu])).toMatchInlineSnapshot(`
      {
        "bindings": [
          {
            "access": "read",
            "binding": 3,
            "name": "residual",
          },
        ],
        "slots": {
          "epilogue": {
            "body": "var r = v; r = activation0(r); r += residual[at]; r = activation2(r); return r;",
            "declarations": "@group(0) @binding(3) var<storage, read> residual: array<V>;
      fn activation0(v: V) -> V { return select(v, V(0), bitcast<Bits>(v) <= Bits(-8388608)); }
      fn activation2(v: V) -> V { return select(v, V(0), bitcast<Bits>(v) <= Bits(-8388608)); }",
          },
        },
      }
    `);
    expect(epilogueCode(3, [{ kind: 'bias' }, { kind: 'residual' }, { kind: 'bias' }])).toMatchInlineSnapshot(`
      {
        "aliases": {
          "PerChannel": "Operands",
        },
        "bindings": [
          {
            "access": "read",
            "binding": 3,
            "name": "bias",
          },
          {
            "access": "read",
            "binding": 4,
            "name": "residual",
          },
          {
            "access": "read",
            "binding": 5,
            "name": "bias2",
          },
        ],
        "slots": {
          "epilogue": {
            "body": "var r = v; r += of_channel.bias; r += residual[at]; r += of_channel.bias2; return r;",
            "declarations": "@group(0) @binding(3) var<storage, read> bias: array<V>;
      @group(0) @binding(4) var<storage, read> residual: array<V>;
      @group(0) @binding(5) var<storage, read> bias2: array<V>;",
          },
          "per_channel": {
            "body": "return Operands(bias[channel], bias2[channel]);",
            "declarations": "struct Operands { bias: V, bias2: V }",
          },
        },
      }
    `);
  });
});

describe('an activation', () => {
  test('has a body for every name', () => {
    for (const name of activationNames)
      expect(activationCode('op', { name } as never)).toMatchObject({ name, body: expect.stringContaining('return ') });
  });

  test('takes its attributes as float literals', () => {
    expect(activationCode('op', { name: 'leakyRelu', alpha: 0.25 }).body).toContain('0.25f');
    expect(activationCode('op', { name: 'clip', min: -1 }).body).toBe('return max(v, V(-1f));');
    expect(activationCode('op', { name: 'clip' }).body).toBe('return v;');
    expect(activationCode('op', { name: 'gelu', approximate: true }).body).not.toBe(activationCode('op', 'gelu').body);
  });

  test('that is unknown or has strange attributes is an error', () => {
    const error = (activation: unknown) => expect(() => activationCode('conv2d', activation as never));
    error('swish').toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation is 'swish'; it is one of linear, relu, relu6, leakyRelu, prelu, elu, sigmoid, tanh, hardSigmoid, hardSwish, silu, gelu, softplus, softsign, mish, clip]`,
    );
    error('toString').toThrow('activation is');
    error(null).toThrow('activation is null');
    error(7).toThrow('activation is 7');
    error({ name: 'relu', alpha: 1 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation relu has no attribute alpha; it has none]`,
    );
    error({ name: 'leakyRelu', slope: 1 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation leakyRelu has no attribute slope; it has alpha]`,
    );
    error({ name: 'leakyRelu', alpha: NaN }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation leakyRelu has alpha NaN; it must be a finite number, by default 0.2]`,
    );
    error({ name: 'elu', alpha: 1e39 }).toThrow('alpha 1e+39');
    error({ name: 'clip', min: 2, max: 1 }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation clip has min 2 and max 1; give two numbers with min <= max]`,
    );
    error({ name: 'clip', min: NaN }).toThrow('min NaN');
    error({ name: 'gelu', approximate: 'tanh' }).toThrowErrorMatchingInlineSnapshot(
      `[Error: conv2d: activation gelu has approximate 'tanh'; it is true (tanh) or false (erf)]`,
    );
  });
});
