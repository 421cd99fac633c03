/** The entries of the package, each a file in src/ with public names and nothing else. */
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** Their names, as their files have them: `index` is the package itself, the others stand behind its name and a slash. */
export const ENTRIES: readonly string[] = ['index', 'tfjs', 'onnxruntime', 'litert'];

/** What an app has beside the library is the app's: its modules are imported, not carried. */
export const PEERS: RegExp = /^(?:@tensorflow|@litertjs|@jax-js|onnxruntime)/;
