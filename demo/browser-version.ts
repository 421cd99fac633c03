/** Which browser this is. */

/** The user agent client hints of Chromium, which TypeScript's DOM types do not have. */
interface ClientHints {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly platform?: string;
    readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[];
  }>;
}

/** The full version where the browser tells it; user agent strings round it. */
export async function browserVersion(): Promise<string> {
  const { userAgentData } = navigator as { readonly userAgentData?: ClientHints };
  const hints = await userAgentData?.getHighEntropyValues(['fullVersionList']);
  // Chromium lists a made-up brand beside the real ones, so that nobody relies on the order of the list.
  const brands = hints?.fullVersionList?.filter(({ brand }) => !/not.*brand/i.test(brand)) ?? [];
  const brand = brands.find((b) => b.brand !== 'Chromium') ?? brands[0];
  if (brand !== undefined) return `${brand.brand} ${brand.version} on ${hints?.platform}`;
  return browserOf(navigator.userAgent);
}

/** For browsers without client hints: Firefox, Safari, and all browsers on iPhones and iPads. */
export function browserOf(userAgent: string): string {
  const [, firefox] = /Firefox\/([\d.]+)/.exec(userAgent) ?? [];
  const [, safari] = /Version\/([\d.]+).*Safari\//.exec(userAgent) ?? [];
  const [system] = /Windows|Android|iPhone|iPad|Mac(?= OS X)|Linux/.exec(userAgent) ?? [];
  const name = firefox === undefined ? safari && `Safari ${safari}` : `Firefox ${firefox}`;
  return name === undefined || system === undefined ? userAgent : `${name} on ${system}`;
}
