/**
 * Long sums in blocks, as shaders/reduce.wgsl describes them.
 *
 * @module
 */

/** As in the shaders: this many terms are a block, and this many blocks are a block of the next level. */
const BLOCK = 32;

/** How many levels hold the blocks of this many terms, for the shaders' `LEVELS`. */
export function levelsOf(terms: number): number {
  let levels = 1;
  for (let most = BLOCK ** 2; most < terms; most *= BLOCK) levels++;
  return levels;
}
