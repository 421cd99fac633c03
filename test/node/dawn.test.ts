/** Dawn in Node: the errors when a part of it is missing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { findDawn } from '../../tools/dawn/dawn';
import { vulkanHint } from '../../tools/dawn/driver';

const folder = mkdtempSync(join(tmpdir(), 'depthwise-dawn-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('without the package, the error says how to get it', () => {
  expect(() => findDawn(pathToFileURL('/nowhere/app.js').href)).toThrow(
    /^the npm package webgpu, Dawn for Node, is not installed; get it by `npm ci`, or `npm install --no-save webgpu@\d/,
  );
});

describe('without an adapter, the error says what Dawn looked for:', () => {
  const there = join(folder, 'there.json');
  writeFileSync(there, '{}');

  test("Vulkan's loader", () => {
    expect(vulkanHint({}, () => false)).toBe(
      "it looked for libvulkan.so.1, Vulkan's loader, which the dynamic linker does not find: install it, on Debian and Ubuntu by " +
        '`apt-get install libvulkan1`',
    );
    expect(vulkanHint({ LD_LIBRARY_PATH: '/opt/lib' }, () => false)).toContain(
      'does not find, LD_LIBRARY_PATH (/opt/lib) among its folders: install',
    );
    expect(vulkanHint({}, (library) => library !== 'libvulkan.so.1')).toContain('libvulkan.so.1');
  });

  test('the files that a variable names', () => {
    const nowhere = join(folder, 'nowhere.json');
    expect(vulkanHint({ VK_DRIVER_FILES: [there, nowhere].join(delimiter) }, () => true)).toMatch(
      `VK_DRIVER_FILES names ${nowhere}, which is not there; `,
    );
    expect(vulkanHint({ VK_ICD_FILENAMES: nowhere }, () => true)).toContain(`VK_ICD_FILENAMES names ${nowhere}`);
    const silent = vulkanHint({ VK_DRIVER_FILES: there }, () => true);
    expect(silent).toContain(`the driver that VK_DRIVER_FILES names (${there}) gives no device`);
    expect(silent).toContain('VK_LOADER_DEBUG=error,warn,driver tells');
  });

  test("the machine's drivers, and how to get one", () => {
    const none = vulkanHint({}, () => true, []);
    expect(none).toContain('no driver: it looked for one in /usr/share/vulkan/icd.d, ');
    expect(none).toContain('NVIDIA driver brings nvidia_icd.json');
    expect(none).toContain('let VK_DRIVER_FILES name the file');
    expect(vulkanHint({}, () => true, [there])).toContain(`none of its drivers (${there}) gives a device`);
  });

  test('no library is found that there is not', () => {
    expect(vulkanHint({ VK_DRIVER_FILES: there })).toMatch(/libvulkan\.so\.1/);
  });
});
