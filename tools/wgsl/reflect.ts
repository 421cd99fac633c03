/**
 * What a shader declares: bindings, and the layout of the uniform struct. A parser reads it when the library is built.
 */
import { WgslReflect, type MemberInfo, type VariableInfo } from 'wgsl_reflect/wgsl_reflect.module.js';
import type { Shader } from '../../src/kernels/shader.ts';
import type { Binding } from '../../src/step.ts';

/**
 * The parser takes `workgroup` for an address space everywhere, although WGSL allows it as a name. The names of a function's
 * variables do not matter here.
 */
const FREE_NAME = /\bworkgroup\b(?!>)/g;

/**
 * Everything about a shader except its text.
 *
 * @param source the text of its file
 * @param file its name in errors
 * @throws if it does not parse, or declares what a Step cannot bind or `packUniforms` cannot fill
 */
export function reflect(source: string, file: string): Omit<Shader, 'code'> {
  const module = parsed(source, file);
  const { uniforms, storage } = module;
  const textures = module.textures.filter(({ type }) => type.getTypeName() === 'texture_2d<f32>');
  const others = [...module.textures, ...module.samplers, ...module.immediates].filter(
    (one) => !textures.includes(one),
  );
  if (others.length > 0) {
    throw new Error(
      `${file}: ${others[0].name} is no buffer and no texture_2d<f32>; bind uniform and storage variables`,
    );
  }
  if (uniforms.length > 1) {
    throw new Error(
      `${file}: ${uniforms.map(({ name }) => name).join(' and ')} are uniforms; declare one struct of all`,
    );
  }
  const bindings = [
    ...uniforms.map((variable) => bindingOf(variable, 'uniform', file)),
    ...storage.map(storageOf(file)),
    ...textures.map((variable) => ({ ...bindingOf(variable, 'read', file), kind: 'texture' as const })),
  ];
  // The order of keys that compresses best, because every app carries all of it.
  return {
    words: uniforms.reduce((words, { size }) => words + Math.ceil(size / 16) * 4, 0),
    uniforms: uniforms.map((variable) => fieldsOf(variable, file)).join(' '),
    bindings: bindings.toSorted((a, b) => a.binding - b.binding),
  };
}

function parsed(source: string, file: string): WgslReflect {
  try {
    return new WgslReflect(source.replace(FREE_NAME, 'workgroup_'));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function storageOf(file: string): (variable: VariableInfo) => Binding {
  return (variable) => bindingOf(variable, variable.access === 'read_write' ? 'read_write' : 'read', file);
}

function bindingOf({ name, group, binding }: VariableInfo, access: Binding['access'], file: string): Binding {
  if (group !== 0) throw new Error(`${file}: ${name} is in group ${group}; bind everything in group 0`);
  return { binding, name, access };
}

function fieldsOf({ name, members }: VariableInfo, file: string): string {
  if (members === null) throw new Error(`${file}: the uniform ${name} is no struct; declare one`);
  let end = 0;
  const fields = members.map((member) => {
    const suffix = suffixOf(member);
    if (suffix === undefined) {
      throw new Error(
        `${file}: uniform field ${member.name} has type ${member.type.getTypeName()}; ` +
          'numbers fill u32, i32 and f32, and lists array<vec4<u32>, N> with a literal N',
      );
    }
    const alignment = member.isArray ? 16 : 4;
    const offset = Math.ceil(end / alignment) * alignment;
    if (member.offset !== offset) {
      throw new Error(
        `${file}: uniform field ${member.name} is at byte ${member.offset} but follows at ${offset}; leave @align out`,
      );
    }
    end = offset + member.size;
    return member.name + suffix;
  });
  return fields.join(' ');
}

/** What a field is, besides its name; see `Shader`. */
function suffixOf({ type, isArray, format, count, size }: MemberInfo): string | undefined {
  const name = type.getTypeName();
  if (name === 'u32' || name === 'i32') return '';
  if (name === 'f32') return ':f32';
  // The parser leaves the value of N as an expression.
  const isList = isArray && format?.getTypeName() === 'vec4u' && Number.isInteger(count) && count > 0;
  return isList ? `:${size / 4}` : undefined;
}
