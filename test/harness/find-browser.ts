/**
 * Finds the browser. It tries what the developer asked for, then Puppeteer's own download, then the machine's browsers, and last
 * the npm package `@sparticuz/chromium`, so that `npm ci` alone is enough on a bare Linux machine. A Firefox is named by a
 * variable of its own, or is one that the machine has.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import puppeteer, { type SupportedBrowser } from 'puppeteer';

/** An executable, and the environment variables that it needs beyond this process's own. */
export interface FoundBrowser {
  readonly executablePath: string;
  readonly env?: Readonly<Record<string, string>>;
}

const INSTALLED: Record<SupportedBrowser, readonly string[]> = {
  chrome: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/opt/google/chrome/chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    `${process.env.PROGRAMFILES}\\Google\\Chrome\\Application\\chrome.exe`,
    `${process.env.LOCALAPPDATA}\\Google\\Chrome\\Application\\chrome.exe`,
  ],
  firefox: [
    '/usr/bin/firefox-esr',
    '/usr/bin/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    `${process.env.PROGRAMFILES}\\Mozilla Firefox\\firefox.exe`,
  ],
};

/** The variables that name an executable. A developer who set one for Chrome must get no Chrome where Firefox is tested. */
const ASKED: Record<SupportedBrowser, string> = {
  chrome: 'PUPPETEER_EXECUTABLE_PATH',
  firefox: 'DEPTHWISE_FIREFOX_PATH',
};

const REMEDY: Record<SupportedBrowser, string> = {
  chrome: 'install one, or run `npx puppeteer browsers install chrome`',
  firefox: 'install it, on Debian by `apt-get install firefox-esr`',
};

/** @throws if the machine has no such browser and none can be installed; the message says how to get one */
export async function findBrowser(browser: SupportedBrowser = 'chrome'): Promise<FoundBrowser> {
  // A requested path is taken unchanged: a wrong one must fail at launch, and not fall through to another browser.
  const asked = process.env[ASKED[browser]];
  if (asked !== undefined) return { executablePath: asked };

  const downloaded = browser === 'chrome' ? [puppeteer.executablePath({ browser })] : [];
  const executablePath = [...downloaded, ...INSTALLED[browser]].find((path) => existsSync(path));
  if (executablePath !== undefined) return { executablePath };

  if (browser === 'chrome' && process.platform === 'linux' && process.arch === 'x64') return npmChromium();
  throw new Error(`no ${browser} found; ${REMEDY[browser]}, or set ${ASKED[browser]}`);
}

/** Unpacks the Chromium that came with `npm ci`, once, together with the libraries (NSS, expat) that a bare machine lacks. */
async function npmChromium(): Promise<FoundBrowser> {
  const home = fileURLToPath(new URL('../../node_modules/.cache/depthwise/chromium', import.meta.url));
  if (!existsSync(home)) {
    const unpacking = `${home}-${process.pid}`;
    mkdirSync(unpacking, { recursive: true });
    // The package unpacks into the temporary directory, trusts whatever it finds there, and brings the libraries only if it
    // believes that it runs on Amazon Linux. So it runs in a process with an environment of its own, and a rename makes an
    // interrupted or a simultaneous unpacking harmless.
    const env = { ...process.env, TMPDIR: unpacking, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
    const unpack = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: import.meta.dirname,
      env,
    });
    try {
      renameSync(unpacking, home);
    } catch (error) {
      rmSync(unpacking, { recursive: true });
      if (!existsSync(home)) throw error;
    }
  }
  return {
    executablePath: `${home}/chromium`,
    env: { LD_LIBRARY_PATH: `${home}/al2023/lib`, FONTCONFIG_PATH: `${home}/fonts` },
  };
}
