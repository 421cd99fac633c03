/** Brackets in a text of WGSL, which holds neither strings nor, where it is cut, comments with brackets of their own. */

/**
 * Position of the bracket that closes the one that begins at `start`; the build has seen that there is one.
 *
 * @param pair what opens and what closes
 */
export function closing(text: string, start: number, [opens, closes]: '{}' | '[]'): number {
  let depth = 1;
  let at = start;
  for (; depth > 0 && at < text.length; at++) {
    if (text[at] === opens) depth++;
    if (text[at] === closes) depth--;
  }
  return at - 1;
}
