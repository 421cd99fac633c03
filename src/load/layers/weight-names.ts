/**
 * Finds the weight of the manifest that a layer means. Files name them by layer and weight, with the models around the layer
 * before that, with a cell between the two, or by their number.
 *
 * @module
 */

/** Finds a weight by where its layer is. */
export type FindWeight = (
  /** Names of the models around the layer, from the outside, and its own. */
  path: readonly string[],
  name: string,
  /** Which of the layer's weights it is. */
  index: number,
) => string | undefined;

/** A name with more parts belongs to no layer. */
const MAX_PARTS = 16;

/** What Keras 3 puts between the parts of a name. */
const FILLERS: ReadonlySet<string> = new Set(['vars', 'layer_checkpoint_dependencies', 'layers']);

/** @param names those of the manifest */
export function weightFinder(names: Iterable<string>): FindWeight {
  const exact = new Set<string>();
  // Weights by the end of their name; null where several share it.
  const endings = new Map<string, string | null>();
  const add = (ending: string, name: string): void => {
    endings.set(ending, endings.has(ending) && endings.get(ending) !== name ? null : name);
  };
  for (const name of names) {
    exact.add(name);
    const parts = name.split('/');
    if (parts.length > MAX_PARTS) continue;
    for (let i = 1; i < parts.length - 1; i++) add(parts.slice(i).join('/'), name);
    if (parts.length > 2) add(parts.toSpliced(-2, 1).join('/'), name);
    const plain = parts.map((part) => part.replace(/^_/, '')).filter((part) => !FILLERS.has(part));
    if (/^\d+$/.test(parts.at(-1)!)) add(plain.join('/'), name);
  }
  return (path, name, index) => {
    const wanted = [name, String(index)];
    // The longest name is the most exact.
    for (let from = 0; from < path.length; from++) {
      const layer = path.slice(from).join('/');
      for (const last of wanted) if (exact.has(`${layer}/${last}`)) return `${layer}/${last}`;
    }
    for (let from = 0; from < path.length; from++) {
      const layer = path.slice(from).join('/');
      for (const last of wanted) {
        const found = endings.get(`${layer}/${last}`);
        if (found !== undefined && found !== null) return found;
      }
    }
    return undefined;
  };
}
