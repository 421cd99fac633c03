/**
 * How a browser is started so that WebGPU computes headless. The default is a software adapter, so that a result does not depend
 * on the machine; `DEPTHWISE_ADAPTER=hardware` selects the real one.
 *
 * @module
 */
import type { LaunchOptions, SupportedBrowser } from 'puppeteer';
import { onlyLavapipe } from './find-lavapipe.ts';

/** The part of Puppeteer's launch options that depends on the browser and the adapter. */
export function launchFlags(browser: SupportedBrowser = 'chrome'): LaunchOptions {
  const hardware = process.env.DEPTHWISE_ADAPTER === 'hardware';
  return browser === 'chrome' ? chromeFlags(hardware) : firefoxFlags(hardware);
}

function chromeFlags(hardware: boolean): LaunchOptions {
  // Containers and CI machines run as root or without user namespaces, where Chromium's sandbox cannot start.
  const unsandboxed = process.platform === 'linux' && (process.getuid?.() === 0 || process.env.CI !== undefined);
  // Headless Chromium on Linux has no WebGPU on a real GPU unless it draws through Vulkan, off screen.
  const vulkan = ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'];
  // The software adapter also draws all pages of Chromium. Otherwise Chromium shows nothing of a WebGPU canvas, and loses its
  // device.
  const software = ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader']; // prettier-ignore
  return {
    args: [
      '--enable-unsafe-webgpu',
      ...(hardware ? (process.platform === 'linux' ? vulkan : []) : software),
      ...(unsandboxed ? ['--no-sandbox'] : []),
      // These flags keep all requests on the machine: those of the browser itself, and those of a page that would measure the
      // network.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  };
}

function firefoxFlags(hardware: boolean): LaunchOptions {
  return {
    extraPrefsFirefox: { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true },
    env: hardware ? {} : onlyLavapipe(),
  };
}
