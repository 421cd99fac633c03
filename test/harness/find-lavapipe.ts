/**
 * Finds lavapipe, Mesa's Vulkan driver that computes on the CPU, because Firefox has no software adapter of its own.
 *
 * @module
 */
import { basename, delimiter } from 'node:path';
import { driverManifests, MANIFEST_FOLDERS } from '../../tools/dawn/driver.ts';

/**
 * The environment in which the Vulkan loader sees lavapipe and no other driver.
 *
 * @throws if the machine has no lavapipe; the message says how to get it
 */
export function onlyLavapipe(): Record<string, string> {
  const drivers = driverManifests().filter((file) => basename(file).startsWith('lvp_icd'));
  if (drivers.length === 0) {
    throw new Error(
      `no lavapipe found in ${MANIFEST_FOLDERS.join(', ')}; Firefox computes on it where there is no GPU: install it, on Debian by ` +
        '`apt-get install mesa-vulkan-drivers`, or set DEPTHWISE_ADAPTER=hardware to use the GPU of this machine',
    );
  }
  // There is one file per architecture, and the loader takes its own. Loaders before 1.3.207 know only the second name.
  const list = drivers.join(delimiter);
  return { VK_DRIVER_FILES: list, VK_ICD_FILENAMES: list };
}
