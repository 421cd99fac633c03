/**
 * Where the browser is. First what the developer asked for, then Puppeteer's own download, then what the machine has,
 * last the npm package `@sparticuz/chromium`, so that `npm ci` alone is enough on a bare Linux machine. A Firefox is
 * asked for by a variable of its own, or is one that the machine has.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import puppeteer, { type SupportedBrowser } from 'puppeteer';

/** An executable, and what its environment needs beyond this process's own. */
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

/** What names an executable. A developer who has set one for Chrome must get no Chrome where Firefox is tested. */
const ASKED: Record<SupportedBrowser, string> = {
  chrome: 'PUPPETEER_EXECUTABLE_PATH',
  firefox: 'DEPTHWISE_FIREFOX_PATH',
};

const REMEDY: Record<SupportedBrowser, string> = {
  chrome: 'install one, or run `npx puppeteer browsers install chrome`',
  firefox: 'install it, on Debian by `apt-get install firefox-esr`',
};

/** @throws if the machine has no such browser and none can be had; the message says how to get one */
export async function findBrowser(browser: SupportedBrowser = 'chrome'): Promise<FoundBrowser> {
  // A path that was asked for is taken as it is: a wrong one must fail at launch, not fall through to another browser.
  const asked = process.env[ASKED[browser]];
  if (asked !== undefined) return { executablePath: asked };

  const downloaded = browser === 'chrome' ? [puppeteer.executablePath({ browser })] : [];
  const executablePath = [...downloaded, ...INSTALLED[browser]].find((path) => existsSync(path));
  if (executablePath !== undefined) return { executablePath };

  if (browser === 'chrome' && process.platform === 'linux' && process.arch === 'x64') return npmChromium();
  throw new Error(`no ${browser} found; ${REMEDY[browser]}, or set ${ASKED[browser]}`);
}

/** Unpacks the Chromium that came with `npm ci`, once, and with it the libraries (NSS, expat) a bare machine lacks. */
async function npmChromium(): Promise<FoundBrowser> {
  const home = fileURLToPath(new URL('../../node_modules/.cache/depthwise/chromium', import.meta.url));
  if (!existsSync(home)) {
    const unpacking = `${home}-${process.pid}`;
    mkdirSync(unpacking, { recursive: true });
    // The package unpacks into the temporary directory, trusts whatever it finds there, and brings the libraries only
    // where it believes itself on Amazon Linux. Hence a process with an environment of its own, and a rename that makes
    // an interrupted or a simultaneous unpacking harmless.
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
