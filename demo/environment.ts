/** What the figures were measured on. */
import type { Gpu } from '../src/index';

export interface Environment {
  readonly adapter: string;
  /** Whether the adapter is a CPU posing as a GPU. */
  readonly isFallback: boolean;
  /** The browser, or Node, with its version. */
  readonly browser: string;
  /** The driver in its own words, with its version. */
  readonly driver: string;
  readonly features: readonly string[];
  /** Without isolation the page's clock is rounded to 100 us. */
  readonly crossOriginIsolated: boolean;
  readonly threads: number;
  readonly date: string;
}

export function environmentOf(gpu: Gpu, where: Pick<Environment, 'browser' | 'crossOriginIsolated'>): Environment {
  const { vendor, architecture, device, description } = gpu.device.adapterInfo;
  const words = [vendor, architecture, device, description].filter((word) => word !== '');
  return {
    adapter: words.join(' · ') || 'not named by the browser',
    isFallback: gpu.isFallback,
    driver: description,
    ...where,
    features: ['shader-f16', 'subgroups', 'timestamp-query'].filter((feature) => gpu.device.features.has(feature)),
    threads: navigator.hardwareConcurrency,
    date: new Date().toISOString(),
  };
}
