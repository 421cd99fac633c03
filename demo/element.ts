/** An element of the page by its id, of the type that it must have. */

/** @throws if there is none */
export function element<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} with id ${id}`);
}
