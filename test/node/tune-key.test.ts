import { describe, expect, test } from 'vitest';
import { depthwiseProblem } from '../../src/conv/problem';
import { activationCode } from '../../src/kernels/activation';
import type { Question } from '../../src/kernels/choice';
import { conv2dGeneral } from '../../src/kernels/conv2d';
import { conv2d, depthwise, grouped, pointwise } from '../../src/kernels/convolutions';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import type { Kernel } from '../../src/kernels/kernel';
import { browserOf, deviceKey, kernelId, questionKey } from '../../src/tune/key';
import { allKernels } from '../../src/tune/self-test';

const question = (op: string, change: Partial<Question> = {}): Question => ({
  operation: conv2d,
  kernels: [depthwiseTile, conv2dGeneral],
  problem: depthwiseProblem(op, [1, 8, 8, 4], [3, 3, 4, 1], { padding: 'same' }),
  epilogue: [{ kind: 'bias' }],
  ...change,
});

describe('a question', () => {
  test('has one key, whoever asks it', () => {
    expect(questionKey(question('depthwiseConv2d'))).toBe(questionKey(question('separableConv2d (depthwise step)')));
  });

  test('has another key with another size, kernel list, epilogue or precision', () => {
    const relu6 = { kind: 'activation', code: activationCode('test', 'relu6') } as const;
    const questions = [
      question('op'),
      question('op', { problem: depthwiseProblem('op', [2, 8, 8, 4], [3, 3, 4, 1], { padding: 'same' }) }),
      question('op', { problem: depthwiseProblem('op', [1, 8, 8, 4], [3, 3, 4, 1], { padding: 1, strides: 2 }) }),
      question('op', { kernels: [conv2dGeneral] }),
      question('op', { epilogue: [] }),
      question('op', { epilogue: [{ kind: 'bias' }, relu6] }),
      question('op', { halves: { stored: new Set(['weights']), sums: false } }),
      question('op', { halves: { stored: new Set(['weights']), sums: true } }),
      question('op', { halves: { stored: new Set(['x', 'weights', 'output']), sums: false } }),
    ];
    expect(new Set(questions.map(questionKey)).size).toBe(questions.length);
  });

  test('says what it asks', () => {
    expect(questionKey(question('op'))).toMatch(
      /^depthwise\/tile conv2d\/general \| f32 \| \{.*"inHeight":8.*\} \| bias$/,
    );
  });
});

describe('a kernel', () => {
  test('has another id when a letter of its shader changes', () => {
    const changed = { ...conv2dGeneral, wgsl: `${conv2dGeneral.wgsl} ` };
    expect(kernelId(conv2dGeneral)).toMatch(/^conv2d\/general@[0-9a-f]{8}$/);
    expect(kernelId({ ...conv2dGeneral })).toBe(kernelId(conv2dGeneral));
    expect(kernelId(changed)).not.toBe(kernelId(conv2dGeneral));
  });

  test('is in the self-test', () => {
    const ofOps = [depthwise.kernels, conv2d.kernels, grouped.kernels, pointwise.kernels].flat();
    const named = (kernels: readonly Kernel[]): string[] => [...new Set(kernels)].map(({ name }) => name).toSorted();
    expect(named(allKernels)).toEqual(named(ofOps));
  });
});

const AGENTS = {
  'Chromium 147':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/147.0.7727.0 Safari/537.36',
  'Chromium 146':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36 Edg/145.0.0.0',
  'Firefox 153': 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  'Safari 26':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'Safari 25':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/25.0 Mobile/15E148 Safari/604.1',
  'WebKit, iOS 18':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.0 Mobile/15E148 Safari/604.1',
  'Deno 2': 'Deno/2.5.4',
  'Node.js 22': 'Node.js/22',
  unknown: '',
};

describe('a browser', () => {
  test.for(Object.entries(AGENTS))('%s', ([name, userAgent]) => {
    expect(browserOf({ userAgent })).toBe(name);
  });

  test('names its engine in client hints, before anything else', () => {
    const brands = [
      { brand: 'Not;A=Brand', version: '8' },
      { brand: 'Chromium', version: '148' },
      { brand: 'Microsoft Edge', version: '147' },
    ];
    expect(browserOf({ userAgent: AGENTS['Chromium 146'], userAgentData: { brands } })).toBe('Chromium 148');
    expect(browserOf({ userAgent: AGENTS['Chromium 146'], userAgentData: { brands: [] } })).toBe('Chromium 146');
  });

  test('may be unknown', () => {
    expect(browserOf(undefined)).toBe('unknown');
  });
});

test('a device has another key when any word of its adapter or its browser changes', () => {
  const info = { vendor: 'nvidia', architecture: 'ada', device: '2684', description: 'RTX 4090' };
  const agent = { userAgent: AGENTS['Firefox 153'] };
  const keys = [
    deviceKey(info, agent),
    ...Object.keys(info).map((word) => deviceKey({ ...info, [word]: 'other' }, agent)),
    deviceKey(info, { userAgent: AGENTS['Safari 26'] }),
    deviceKey(undefined, undefined),
  ];
  expect(keys[0]).toBe('nvidia | ada | 2684 | RTX 4090 | Firefox 153');
  expect(new Set(keys).size).toBe(keys.length);
});
