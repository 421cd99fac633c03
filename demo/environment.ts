/** What the figures were measured on. */
import type { Gpu } from '../src/index';

export interface Environment {
  readonly adapter: string;
  /** Whether the adapter is a CPU posing as a GPU. */
  readonly isFallback: boolean;
  readonly browser: string;
  readonly features: readonly string[];
  /** Without isolation the page's clock is rounded to 100 us. */
  readonly crossOriginIsolated: boolean;
  readonly threads: number;
  readonly date: string;
}

export async function environmentOf(gpu: Gpu): Promise<Environment> {
  const { vendor, architecture, device, description } = gpu.device.adapterInfo;
  const words = [vendor, architecture, device, description].filter((word) => word !== '');
  return {
    adapter: words.join(' · ') || 'not named by the browser',
    isFallback: gpu.isFallback,
    browser: await browserVersion(),
    features: ['shader-f16', 'subgroups', 'timestamp-query'].filter((feature) => gpu.device.features.has(feature)),
    crossOriginIsolated,
    threads: navigator.hardwareConcurrency,
    date: new Date().toISOString(),
  };
}

/** The user agent client hints of Chromium, which TypeScript's DOM types do not have. */
interface ClientHints {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly platform?: string;
    readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[];
  }>;
}

/** The full version where the browser tells it; user agent strings round it. */
async function browserVersion(): Promise<string> {
  const { userAgentData } = navigator as { readonly userAgentData?: ClientHints };
  const hints = await userAgentData?.getHighEntropyValues(['fullVersionList']);
  // Beside the real brands Chromium lists a made-up one, so that nobody relies on the list's order.
  const brands = hints?.fullVersionList?.filter(({ brand }) => !/not.*brand/i.test(brand)) ?? [];
  const brand = brands.find((b) => b.brand !== 'Chromium') ?? brands[0];
  if (brand !== undefined) return `${brand.brand} ${brand.version} on ${hints?.platform}`;
  return navigator.userAgent;
}
