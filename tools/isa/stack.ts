/**
 * What the analyser needs beyond `npm ci`: Mesa's RADV, and a C compiler with the Vulkan headers. Neither is needed to build, test
 * or use the library.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findDawn } from '../dawn/dawn';
import { driverManifests } from '../dawn/driver';

export interface Stack {
  /** RADV's manifest for the Vulkan loader. */
  readonly driver: string;
  /** The entry of the npm package `webgpu`. */
  readonly webgpu: string;
}

/** Something must be installed first; the message says what and how. */
export class MissingStack extends Error {
  override name = 'MissingStack';
}

/** @throws {MissingStack} naming everything that is missing */
export function findStack(): Stack {
  const driver = findDriver();
  const missing = [
    driver === undefined && "Mesa's RADV driver (mesa-vulkan-drivers)",
    !runs('gcc', ['--version']) && 'a C compiler (gcc)',
    runs('gcc', ['--version']) && !hasHeaders() && 'the Vulkan headers (libvulkan-dev)',
  ].filter((what) => what !== false);
  if (driver === undefined || missing.length > 0) throw new MissingStack(messageOf(missing));
  return { driver, webgpu: findDawn() };
}

function messageOf(missing: readonly string[]): string {
  return [
    `it compiles shaders with a real GPU driver, and does not find ${missing.join(', ')}.`,
    'On Debian or Ubuntu, from the root of the project:',
    '  apt-get install mesa-vulkan-drivers libvulkan-dev gcc',
  ].join('\n');
}

function findDriver(): string | undefined {
  const { ISA_RADV_ICD } = process.env;
  if (ISA_RADV_ICD !== undefined) return existsSync(ISA_RADV_ICD) ? ISA_RADV_ICD : undefined;
  return driverManifests().find((file) => /radeon_icd.*\.json$/.test(file) && !file.includes('i686'));
}

function hasHeaders(): boolean {
  return runs('gcc', ['-fsyntax-only', '-x', 'c', '-'], '#include <vulkan/vk_layer.h>\n');
}

function runs(command: string, args: readonly string[], input = ''): boolean {
  return spawnSync(command, args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}
