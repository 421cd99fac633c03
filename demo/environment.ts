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

/** The features that change what is measured, or how. */
export const FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

export function adapterText({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const words = [vendor, architecture, device, description].filter((word) => word !== '');
  return words.join(' · ') || 'not named by the browser';
}

export function environmentOf(gpu: Gpu, where: Pick<Environment, 'browser' | 'crossOriginIsolated'>): Environment {
  const { adapterInfo, features } = gpu.device;
  return {
    adapter: adapterText(adapterInfo),
    isFallback: gpu.isFallback,
    driver: adapterInfo.description,
    ...where,
    features: FEATURES.filter((feature) => features.has(feature)),
    threads: navigator.hardwareConcurrency,
    date: new Date().toISOString(),
  };
}
