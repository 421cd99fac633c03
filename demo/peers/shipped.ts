/** What a page that uses a library fetches for it, as the build of the site weighs it. */
import type { ContenderName } from './strategy';

/** The file that has it, beside the page of the frames. */
export const SHIPPED_FILE = 'shipped.json';

export interface Shipped {
  /** Bytes of all scripts of a library, bundled, minified and compressed by gzip, with those of the bench's own frame. */
  readonly scripts: Readonly<Partial<Record<ContenderName, number>>>;
  /** Bytes of files that a library may load beside them, such as WebAssembly, compressed by gzip, by the name of the file. */
  readonly files: Readonly<Record<string, number>>;
}

/** @param addresses of what the library has fetched */
export function shippedBytes(
  { scripts, files }: Shipped,
  name: ContenderName,
  addresses: readonly string[],
): number | undefined {
  const names = new Set(addresses.map((address) => address.replace(/[?#].*$/, '').replace(/^.*\//, '')));
  return [...names].reduce<number | undefined>(
    (sum, file) => sum && sum + (Object.hasOwn(files, file) ? files[file] : 0),
    scripts[name],
  );
}
