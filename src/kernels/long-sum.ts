/**
 * Long sums in blocks, as shaders/reduce.wgsl describes them.
 *
 * @module
 */

/** The shaders': so many terms are a block, and so many blocks one of the next level. */
const BLOCK = 32;

/** The levels that hold the blocks of so many terms, for the shaders' `LEVELS`. */
export function levelsOf(terms: number): number {
  let levels = 1;
  for (let most = BLOCK ** 2; most < terms; most *= BLOCK) levels++;
  return levels;
}
