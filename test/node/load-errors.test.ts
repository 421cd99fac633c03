/**
 * The message about unsupported ops helps the reader act: it lists all of them at once, gives names that can be pasted, and
 * says the cause.
 */
import { expect, test } from 'vitest';
import { graphOfFiles } from '../../src/load/tfjs/load-graph-model';
import { floats, ints, placeholder, tinyModel, type, type TinyNode } from '../support/graph-model';
import { messageOf } from '../support/message';

const x = placeholder('x', [1, 4]);
const node = (name: string, op: string, input: readonly string[]): TinyNode => ({ name, op, input, attr: { T: type('DT_FLOAT') } }); // prettier-ignore
const long = `model/${'block/'.repeat(30)}Foo`;

test('the error lists all unsupported ops, the nodes before them, and what to feed instead', () => {
  const nodes = [x, node('before', 'Relu', ['x']), node(long, 'Foo', ['before', 'w']), node('b"\'', 'Foo', ['before']), node('c', 'Bar', [long]), node('y', 'Add', ['c', 'b"\''])]; // prettier-ignore
  const files = tinyModel(nodes, [floats('w', [4], [1, 2, 3, 4])]);
  const message = messageOf(() => graphOfFiles('load', files));
  expect(message).toBe(
    `load: 2 ops are not supported: Foo (2 nodes, the first "${long}"), Bar (1 node "c"); choose outputs that do not need them with options.outputs, as ["before"] before them, and feed what they give with options.inputs: ["${long}", "c", "b\\"'"]`,
  );
  // Both suggestions of the message work.
  const [outputs, inputs] = Array.from(message.matchAll(/\[.*?\]/g), ([list]) => JSON.parse(list) as string[]);
  expect(graphOfFiles('load', files, { outputs }).nodes.map(({ name }) => name)).toEqual(['before']);
  expect(graphOfFiles('load', files, { inputs }).nodes.map(({ name }) => name)).toEqual(['y']);
});

test('the error is in the singular for one op, and suggests no outputs if nothing before it can be computed', () => {
  const files = tinyModel([x, node('y', 'Foo', ['x'])]);
  expect(messageOf(() => graphOfFiles('load', files))).toBe(
    'load: 1 op is not supported: Foo (1 node "y"); choose outputs that do not need them with options.outputs, and feed what they give with options.inputs: ["y"]',
  );
});

test('a long list of nodes is shortened, and a loop of unsupported ops is reported as unsupported ops', () => {
  const many = Array.from({ length: 30 }, (_, i) => node(`n${i}`, 'Foo', ['x']));
  const files = tinyModel([x, ...many, node('y', 'AddN', many.map(({ name }) => name))]); // prettier-ignore
  const message = messageOf(() => graphOfFiles('load', files));
  expect(message).toContain('Foo (30 nodes, the first "n0")');
  expect(message).toMatch(/"n18", "n19", \.\.\.\]$/);
  const loop = tinyModel([x, node('enter', 'Enter', ['x']), node('merge', 'Merge', ['enter', 'next']), node('next', 'NextIteration', ['merge'])]); // prettier-ignore
  expect(messageOf(() => graphOfFiles('load', loop, { outputs: ['next'] }))).toContain(
    'loops and branches are not computed: Enter',
  );
  const known = tinyModel([node('a', 'Relu', ['b']), node('b', 'Relu', ['a'])]);
  expect(messageOf(() => graphOfFiles('load', known, { outputs: ['a'] }))).toBe(
    "load: nodes depend on themselves: 'a' -> 'b' -> 'a'; loops cannot be computed: choose outputs that do not need them with options.outputs, or feed one of these nodes with options.inputs",
  );
});

test('nodes that need the CPU state the reason', () => {
  const nodes = [x, node('best', 'Asinh', ['x']), node('rest', 'FloorMod', ['best', 'axis']), node('made', 'MaxPool', ['rest'])]; // prettier-ignore
  const graph = graphOfFiles('load', tinyModel(nodes, [ints('axis', [1], [])]));
  expect(graph.nodes.map(({ name, place, stage, why }) => [name, place, stage, why])).toEqual([
    ['best', 'readback', 0, 'it has no GPU kernel'],
    ['rest', 'readback', 0, "'best' is computed on the CPU"],
    ['made', 'gpu', 1, "'rest' must be read before it"],
  ]);
});
