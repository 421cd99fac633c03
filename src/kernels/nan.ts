/**
 * NaN by its bits. WGSL lets a compiler assume that there is no NaN: `v != v` may be false, and `max`, `min` and `clamp`
 * may give either operand (on most GPUs they give the one that is a number). No compiler assumes anything about integers.
 *
 * A program that uses one of these names gets both, for its `V`, which is f32 or a vec4 of it:
 *
 *     alias Bits = vec4<i32>;                  so a negative number is one whose bits are below 0
 *     fn keep_nan(v: V, result: V) -> V        the result, but NaN where v is NaN
 *
 * The sign of a NaN has no meaning: x86 makes NaN with the sign bit, and most GPUs without.
 *
 * @module
 * @see https://www.w3.org/TR/WGSL/#floating-point-evaluation
 */

/** Bodies of functions of `left` and `right` that give NaN if either operand is NaN. */
export const LARGER: string = 'return keep_nan(left, keep_nan(right, max(left, right)));';
export const SMALLER: string = 'return keep_nan(left, keep_nan(right, min(left, right)));';

/** The program, with declarations of those names above that it uses. */
export function withNan(wgsl: string): string {
  if (!/Bits\b|keep_nan/.test(wgsl)) return wgsl;
  return `${wgsl}
alias Bits = ${/^alias V = vec4/m.test(wgsl) ? 'vec4<i32>' : 'i32'};
fn keep_nan(v: V, result: V) -> V { return select(result, v, (bitcast<Bits>(v) & Bits(0x7fffffff)) > Bits(0x7f800000)); }
`;
}
