/**
 * The rules for files in shaders/ that can be checked as text. test/browser/shaders.test.ts checks that they compile, because
 * a device's own compiler judges that better than a parser in Node.
 */
import { describe, expect, test } from 'vitest';
import { WORKGROUP } from '../../src/kernels/flat-step';
import type { Shader } from '../../src/kernels/shader';
import { specialize } from '../../src/kernels/specialize';
import { packUniforms } from '../../src/kernels/uniforms';

const shaders = import.meta.glob<Shader>('../../shaders/*.wgsl', { import: 'default', eager: true });
const sources = import.meta.glob<string>('../../src/kernels/*.ts', { query: '?raw', import: 'default', eager: true });

test('there are shaders to look at', () => {
  expect(Object.keys(shaders).length).toBeGreaterThan(2);
});

/** The constants with a literal value, which `specialize` may set. */
function knobsOf(wgsl: string): readonly string[] {
  return [...wgsl.matchAll(/^const (\w+): \w+ = (?:-?\d[.\w]*|true|false);/gm)].map(([, knob]) => knob);
}

describe.for(Object.entries(shaders))('%s', ([path, shader]) => {
  const { code: wgsl, bindings, uniforms } = shader;
  const name = path.replace(/.*\/|\.wgsl$/g, '');
  const twin = sources[`../../src/kernels/${name}.ts`];

  test('begins with what it computes', () => {
    expect(wgsl).toMatch(/^\/\/ [A-Z].*\n\/\//);
  });

  test('has a twin of the same name that imports it', () => {
    expect(twin).toContain(`import shader from '../../shaders/${name}.wgsl';`);
  });

  test('declares no knob that its twin forgets to set', () => {
    // Twins share code in modules that they import, so those count as well.
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
    expect(bindings.map(({ binding }) => binding)).toEqual(bindings.map((_, i) => i));
    expect(bindings).toHaveLength(wgsl.match(/@binding\(/g)!.length);
    expect(bindings.filter(({ access }) => access === 'read_write').map((b) => b.name)).toEqual(['output']);
  });

  // Compares the build's parser with regular expressions. These suffice because all shaders are written in the same way.
  test('is reflected as it is declared', () => {
    const code = wgsl.replaceAll(/\/\/.*/g, '');
    const declared = [...code.matchAll(/@group\(0\) @binding\((\d+)\) var<(.*)> (\w+):/g)];
    const access = (kind: string): string => kind.replace('storage, ', '');
    expect(bindings).toEqual(
      declared.map(([, binding, kind, variable]) => ({
        binding: Number(binding),
        name: variable,
        access: access(kind),
      })),
    );
    const [, struct] = /var<uniform> \w+: (\w+);/.exec(code)!;
    const [, body] = new RegExp(`struct ${struct} \\{([^}]*)\\}`).exec(code)!;
    let end = 0;
    const fields = [...body.matchAll(/(\w+): (?:(\w+)|array<vec4<u32>, (\d+)>),/g)].map(([, field, type, vectors]) => {
      const [align, length] = vectors === undefined ? [1, 1] : [4, 4 * Number(vectors)];
      end = Math.ceil(end / align) * align + length;
      return `${field}${vectors === undefined ? (type === 'f32' ? ':f32' : '') : `:${length}`}`;
    });
    expect(fields).toHaveLength(body.match(/:/g)!.length);
    expect(uniforms).toBe(fields.join(' '));
    expect(shader.words).toBe(Math.ceil(end / 4) * 4);
  });

  test('has a uniform struct that is filled to its end', () => {
    const fields = uniforms.split(' ').map((field) => field.split(':'));
    const isList = (type: string | undefined): boolean => type !== undefined && type !== 'f32';
    const values = fields.map(([field, type]) => [
      field,
      isList(type) ? Array.from({ length: Number(type) }, () => 1) : 1,
    ]);
    const words = packUniforms(shader, Object.fromEntries(values));
    expect(words).toHaveLength(shader.words);
    expect(words.filter((word) => word !== 0)).toHaveLength(
      fields.reduce((sum, [, type]) => sum + (isList(type) ? Number(type) : 1), 0),
    );
  });

  test('keeps no `@unroll` once it is specialised', () => {
    expect(specialize(shader, {})).not.toContain('@unroll');
  });
});
