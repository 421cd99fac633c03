/**
 * The contract of the files in shaders/, as far as text can tell. That they compile is for test/browser/shaders.test.ts:
 * a device's own compiler judges that better than a parser in Node would.
 */
import { describe, expect, test } from 'vitest';
import { WORKGROUP } from '../../src/kernels/flat-step';
import { knobsOf, specialize } from '../../src/kernels/specialize';
import { packUniforms } from '../../src/kernels/uniforms';
import { bindingsOf } from '../../src/step';

const shaders = import.meta.glob<string>('../../shaders/*.wgsl', { query: '?raw', import: 'default', eager: true });
const sources = import.meta.glob<string>('../../src/kernels/*.ts', { query: '?raw', import: 'default', eager: true });

test('there are shaders to look at', () => {
  expect(Object.keys(shaders).length).toBeGreaterThan(2);
});

describe.for(Object.entries(shaders))('%s', ([path, wgsl]) => {
  const name = path.replace(/.*\/|\.wgsl$/g, '');
  const twin = sources[`../../src/kernels/${name}.ts`];

  test('begins with what it computes', () => {
    expect(wgsl).toMatch(/^\/\/ [A-Z].*\n\/\//);
  });

  test('has a twin of the same name that imports it', () => {
    expect(twin).toContain(`import wgsl from '../../shaders/${name}.wgsl?raw';`);
  });

  test('declares no knob that its twin forgets to set', () => {
    // What twins share is in the modules that they import.
    const imported = [...twin.matchAll(/from '\.\/([\w-]+)'/g)].map(
      (match) => sources[`../../src/kernels/${match[1]}.ts`],
    );
    const setters = [twin, ...imported].join('\n');
    const forgotten = knobsOf(wgsl).filter(
      (knob) => knob !== 'WORKGROUP' && !new RegExp(`\\b${knob}\\b`).test(setters),
    );
    expect(forgotten).toEqual([]);
  });

  test('has workgroups of the size that the twins count with', () => {
    expect(wgsl).toContain(`const WORKGROUP: u32 = ${WORKGROUP}u;`);
    expect(wgsl).toContain('@compute @workgroup_size(WORKGROUP)\nfn main(');
  });

  test('binds from 0 on without a gap, and writes `output`', () => {
    const bindings = bindingsOf(wgsl);
    expect(bindings.map(({ binding }) => binding)).toEqual(bindings.map((_, i) => i));
    expect(bindings).toHaveLength(wgsl.match(/@binding\(/g)!.length);
    expect(bindings.filter(({ access }) => access === 'read_write').map((b) => b.name)).toEqual(['output']);
  });

  test('has a uniform struct that the packer understands', () => {
    const anything = new Proxy({}, { get: (_, field) => (listsOf(wgsl).includes(String(field)) ? [] : 1) });
    expect(packUniforms(wgsl, anything).length % 4).toBe(0);
  });

  test('keeps no `@unroll` once it is specialised', () => {
    expect(specialize(wgsl, {})).not.toContain('@unroll');
  });
});

function listsOf(wgsl: string): string[] {
  return [...wgsl.matchAll(/(\w+): array<vec4<u32>/g)].map((match) => match[1]);
}
