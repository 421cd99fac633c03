/**
 * How browsers describe adapters, and the profile that each description selects. The values come from Chrome (Dawn's
 * `src/dawn/gpu_info.json`), Safari, Firefox and Deno.
 */
import { expect, test } from 'vitest';
import { conv2dProblem, depthwiseProblem, pointwiseProblem, type ConvProblem } from '../../src/conv/problem';
import { byRule } from '../../src/kernels/choice';
import { conv2d, depthwise, pointwise } from '../../src/kernels/convolutions';
import type { Operation } from '../../src/kernels/operation';
import { profileOf, type AdapterInfo } from '../../src/kernels/profile';
import { AMD, SWIFTSHADER, targetFor } from '../support/target';

const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile';
const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0';

const apple = { vendor: 'apple', architecture: 'metal-3' };
const intel = { vendor: 'intel', architecture: 'xe-2lpg' };
const nvidia = { vendor: 'nvidia', architecture: 'ampere' };
const adreno = { vendor: 'qualcomm', architecture: 'adreno-7xx' };
const mali = { vendor: 'arm', architecture: 'valhall' };

test.each<readonly [string, AdapterInfo]>([
  ['apple', apple],
  ['apple', { vendor: 'apple', architecture: 'common-3', device: '', description: '' }],
  ['apple', { vendor: 'apple', architecture: '', device: 'Apple GPU', description: 'Apple GPU' }],
  ['nvidia', nvidia],
  ['nvidia', { vendor: 'nvidia', architecture: 'turing', description: 'NVIDIA GeForce RTX 2060' }],
  ['nvidia', { vendor: '4318', architecture: '', device: '9349', description: 'NVIDIA H200' }],
  ['amd', { vendor: 'amd', architecture: 'rdna-3' }],
  ['amd', { vendor: '', architecture: '', description: 'AMD Radeon RX 6800 (RADV NAVI21)' }],
  ['intel', intel],
  ['intel', { vendor: 'intel', architecture: 'gen-9', description: 'Intel(R) UHD Graphics 620' }],
  ['adreno', adreno],
  ['adreno', { vendor: 'qualcomm', architecture: 'adreno-6xx', description: 'Adreno (TM) 650' }],
  ['mali', mali],
  ['mali', { vendor: '', architecture: '', description: 'Mali-G78' }],
  ['mali', { vendor: '', architecture: '', description: 'Immortalis-G715' }],
  ['powervr', { vendor: 'img-tec', architecture: 'rogue' }],
  ['xclipse', { vendor: 'samsung', architecture: 'rdna-2' }],
  ['cpu', SWIFTSHADER],
  ['cpu', { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader Device (Subzero)' }],
  ['cpu', { vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }],
  ['cpu', { vendor: 'microsoft', architecture: '', description: 'Microsoft Basic Render Driver' }],
  ['cpu', { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: true }],
  ['unknown', { vendor: '', architecture: '', device: '', description: '' }],
  ['unknown', { vendor: 'acme', architecture: 'charm-1' }],
])('%s: %o', (name, info) => {
  expect(profileOf(info)).toMatchObject({ name, cpu: name === 'cpu' });
});

test('a device that says nothing at all is unknown', () => {
  expect(profileOf(undefined)).toMatchObject({ name: 'unknown', cpu: false, commands: 256 });
});

test('an encoder is short on Android and on Adreno, and longer elsewhere', () => {
  expect(profileOf(mali, android).commands).toBe(64);
  expect(profileOf({ vendor: '' }, android).commands).toBe(64);
  expect(profileOf(nvidia, android).commands).toBe(64);
  expect(profileOf(adreno, windows).commands).toBe(64);
  expect(profileOf(intel, windows).commands).toBe(256);
  expect(profileOf(undefined).commands).toBe(256);
});

/** The kernel, the tile and the reason that the default rule gives. */
function choose(operation: Operation<ConvProblem>, problem: ConvProblem, info: AdapterInfo) {
  const { kernels } = operation;
  const { kernel, tile, why } = byRule({ operation, kernels, problem, epilogue: [] }, targetFor(info));
  return { kernel: kernel.name, tile: Object.values(tile).join('x'), why };
}

const layer = depthwiseProblem('test', [1, 112, 112, 64], [3, 3, 64, 1], { padding: 'same' });
const mix = pointwiseProblem('test', [8, 112, 112, 64], [64, 96]);
const dense = conv2dProblem('test', [1, 112, 112, 64], [3, 3, 64, 64], { padding: 'same' });

test('tiles are as large as the registers of the vendor allow', () => {
  const chosen = (operation: Operation<ConvProblem>, problem: ConvProblem): readonly string[] =>
    [AMD, nvidia, apple, intel, adreno, mali, {}].map((info) => choose(operation, problem, info).tile);
  expect(chosen(depthwise, layer)).toEqual(['4x2x4', '4x2x4', '4x2x4', '2x2x4', '4x2x4', '1x1x4', '4x2x4']);
  expect(chosen(pointwise, mix)).toEqual(['8x3', '8x3', '8x1', '4x1', '8x1', '4x1', '8x1']);
  expect(chosen(conv2d, dense)).toEqual(['4x2x4x4', '4x2x4x4', '4x2x4x4', '2x2x4x4', '4x2x4x4', '1x1x4x4', '4x2x4x4']);
});

test('the reason of a choice names the kind of device', () => {
  expect(choose(depthwise, layer, mali).why).toMatch(/^default rule for mali: /);
  expect(choose(depthwise, layer, {}).why).toMatch(/^default rule for unknown: /);
});

test('a phone of few cores takes larger tiles of a small map than a card of many', () => {
  const small = pointwiseProblem('test', [1, 28, 28, 64], [64, 96]);
  expect([choose(pointwise, small, adreno).tile, choose(pointwise, small, nvidia).tile]).toEqual(['4x1', '1x1']);
});
