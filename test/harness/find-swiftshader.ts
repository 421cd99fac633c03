/**
 * Finds SwiftShader for Dawn in Node. It is the Vulkan driver that computes on the CPU, and every Chromium contains it. Dawn
 * cannot use Mesa's lavapipe before Mesa 23, because that lacks a feature that Dawn requires.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBrowser } from './find-browser';

/** The folder of Debian's Chromium. Its executable is a script elsewhere. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser'];

/**
 * The environment in which the Vulkan loader sees SwiftShader and no other driver; empty if Dawn needs no Vulkan.
 *
 * @throws (rejects) if no Chromium has it
 */
export async function onlySwiftShader(): Promise<Record<string, string>> {
  if (process.platform !== 'linux') return {};
  const { executablePath } = await findBrowser('chrome');
  const folders = [dirname(realpathSync(executablePath)), ...FOLDERS];
  const manifest = folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((file) => existsSync(file));
  if (manifest === undefined) {
    throw new Error(
      `no vk_swiftshader_icd.json found in ${folders.join(', ')}; Dawn computes on it where there is no GPU: ` +
        'install a Chromium that has it, on Debian by `apt-get install chromium`',
    );
  }
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest };
}
