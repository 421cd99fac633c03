/** The entries of the package, each a file in src/ with public names and nothing else. */
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** Their names, which are those of their files: `index` is the package itself, the others follow its name and a slash. */
export const ENTRIES: readonly string[] = ['index', 'tfjs', 'onnxruntime', 'litert'];

/** Other libraries of an app belong to the app: their modules are imported, not bundled. */
export const PEERS: RegExp = /^(?:@tensorflow|@litertjs|@jax-js|onnxruntime)/;
