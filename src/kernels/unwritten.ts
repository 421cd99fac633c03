/**
 * Numbers that neither JSON nor a shader can express: JSON turns them into null or 0, and a constant of WGSL must be finite.
 *
 * @module
 */

/**
 * The name of such a number; undefined for all others. It belongs beside the number in a problem, because a plan is found
 * by its problem as JSON and must not serve another number. A number with a name can only be a uniform.
 */
export function unwritten(value: number): string | undefined {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? undefined : String(value);
}
