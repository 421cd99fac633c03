/**
 * What the analyser needs beyond `npm ci`: Mesa's RADV, a C compiler with the Vulkan headers, and Dawn for Node. None of it
 * is needed to build, test or use the library.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Of the npm package `webgpu`, 130 MB: too much to be a devDependency of everyone. */
const WEBGPU_VERSION = '0.6.2';

export interface Stack {
  /** RADV's manifest for the Vulkan loader. */
  readonly driver: string;
  /** The entry of the npm package `webgpu`. */
  readonly webgpu: string;
}

/** Something that must be installed first; the message says what and how. */
export class MissingStack extends Error {
  override name = 'MissingStack';
}

/** @throws {MissingStack} naming everything that is missing */
export function findStack(): Stack {
  const driver = findDriver();
  const webgpu = findWebgpu();
  const missing = [
    driver === undefined && "Mesa's RADV driver (mesa-vulkan-drivers)",
    !runs('gcc', ['--version']) && 'a C compiler (gcc)',
    runs('gcc', ['--version']) && !hasHeaders() && 'the Vulkan headers (libvulkan-dev)',
    webgpu === undefined && `the npm package webgpu, Dawn for Node (npm i --no-save webgpu@${WEBGPU_VERSION})`,
  ].filter((what) => what !== false);
  if (driver === undefined || webgpu === undefined || missing.length > 0) throw new MissingStack(messageOf(missing));
  return { driver, webgpu };
}

function messageOf(missing: readonly string[]): string {
  return [
    `it compiles shaders with a real GPU driver, and does not find ${missing.join(', ')}.`,
    'On Debian or Ubuntu, from the root of the project:',
    '  apt-get install mesa-vulkan-drivers libvulkan-dev gcc',
    `  npm i --no-save webgpu@${WEBGPU_VERSION}    # 130 MB; ISA_NODE_MODULES=DIR names a folder that has it in node_modules`,
  ].join('\n');
}

const MANIFESTS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

function findDriver(): string | undefined {
  const { ISA_RADV_ICD } = process.env;
  if (ISA_RADV_ICD !== undefined) return existsSync(ISA_RADV_ICD) ? ISA_RADV_ICD : undefined;
  const files = MANIFESTS.filter(existsSync).flatMap((dir) => readdirSync(dir).map((file) => join(dir, file)));
  return files.find((file) => /radeon_icd.*\.json$/.test(file) && !file.includes('i686'));
}

function findWebgpu(): string | undefined {
  const { ISA_NODE_MODULES } = process.env;
  for (const base of [...(ISA_NODE_MODULES === undefined ? [] : [ISA_NODE_MODULES]), import.meta.dirname]) {
    try {
      return createRequire(join(base, 'x.js')).resolve('webgpu');
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

function hasHeaders(): boolean {
  return runs('gcc', ['-fsyntax-only', '-x', 'c', '-'], '#include <vulkan/vk_layer.h>\n');
}

function runs(command: string, args: readonly string[], input = ''): boolean {
  return spawnSync(command, args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}
