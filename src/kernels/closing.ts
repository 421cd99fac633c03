/** Brackets in a text of WGSL, which holds neither strings nor, where it is cut, comments with brackets of their own. */

/**
 * Position of the bracket that closes the one that begins at `start`.
 *
 * @param pair what opens and what closes
 */
export function closing(text: string, start: number, [opens, closes]: '{}' | '[]'): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === opens) depth++;
    if (text[i] === closes && --depth === 0) return i;
  }
  throw new Error(`a ${opens} in the shader is never closed`);
}
