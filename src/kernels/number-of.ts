/** Objects in the keys of caches. */

const numbers = /* @__PURE__ */ new WeakMap<object, number>();
let last = 0;

/** A number that no other object has. */
export function numberOf(thing: object): number {
  const known = numbers.get(thing);
  if (known !== undefined) return known;
  numbers.set(thing, ++last);
  return last;
}
