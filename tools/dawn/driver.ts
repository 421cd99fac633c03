/** What Dawn needs to reach a GPU, and which parts of it this machine has. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the Vulkan loader looks for drivers. */
export const MANIFEST_FOLDERS: readonly string[] = [
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/etc/vulkan/icd.d',
];

/** The files that tell the Vulkan loader about drivers. */
export function driverManifests(): readonly string[] {
  return MANIFEST_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => join(folder, file)),
  );
}

/** In words: which libraries Dawn looked for, which of them are missing, and how to get them. */
export function driverHint(environment: NodeJS.ProcessEnv = process.env): string {
  switch (process.platform) {
    case 'darwin':
      return 'it looked for Metal, which every Mac has; run it outside of a sandbox';
    case 'win32':
      return 'it looked for Direct3D 12 and Vulkan; update the driver of the graphics card';
    default:
      return vulkanHint(environment);
  }
}

/**
 * @param loads whether the dynamic linker finds a library
 * @param manifests the drivers that the machine has
 */
export function vulkanHint(
  { VK_DRIVER_FILES, VK_ICD_FILENAMES, LD_LIBRARY_PATH }: NodeJS.ProcessEnv,
  loads: (library: string) => boolean = canLoad,
  manifests: readonly string[] = driverManifests(),
): string {
  if (!loads('libvulkan.so.1')) {
    const searched = LD_LIBRARY_PATH === undefined ? '' : `, LD_LIBRARY_PATH (${LD_LIBRARY_PATH}) among its folders`;
    return (
      `it looked for libvulkan.so.1, Vulkan's loader, which the dynamic linker does not find${searched}: ` +
      'install it, on Debian and Ubuntu by `apt-get install libvulkan1`'
    );
  }
  const named = VK_DRIVER_FILES ?? VK_ICD_FILENAMES;
  if (named !== undefined) {
    const missing = named.split(delimiter).filter((file) => !existsSync(file));
    const variable = VK_DRIVER_FILES === undefined ? 'VK_ICD_FILENAMES' : 'VK_DRIVER_FILES';
    if (missing.length > 0) return `${variable} names ${missing.join(', ')}, which is not there; ${REMEDY}`;
    return (
      `libvulkan.so.1 is there, but the driver that ${variable} names (${named}) gives no device: ` +
      `the libraries that its library_path needs may be missing; VK_LOADER_DEBUG=error,warn,driver tells; ${REMEDY}`
    );
  }
  if (manifests.length === 0) {
    return `libvulkan.so.1 is there, but no driver: it looked for one in ${MANIFEST_FOLDERS.join(', ')}; ${REMEDY}`;
  }
  return (
    `libvulkan.so.1 is there, but none of its drivers (${manifests.join(', ')}) gives a device: ` +
    `VK_LOADER_DEBUG=error,warn,driver tells why; ${REMEDY}`
  );
}

const REMEDY =
  "an NVIDIA driver brings nvidia_icd.json (in a container with NVIDIA_DRIVER_CAPABILITIES=all), Mesa's are in mesa-vulkan-drivers, " +
  'among them lavapipe, which computes on the CPU; let VK_DRIVER_FILES name the file of one that is elsewhere';

/** Node refuses a library that is not an addon, but only after the dynamic linker has found it. */
function canLoad(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return (error as Error).message.includes('did not self-register');
  }
}
