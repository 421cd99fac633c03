/** WebGPU's own methods with something before them, for as long as it is wanted. */

type Method<T, K extends keyof T> = Extract<T[K], (...parameters: never[]) => unknown>;

/**
 * Puts a method in the place of a class's own.
 *
 * @param wrap given the class's own, which wants its `this`
 * @returns what puts the class's own back
 */
export function hook<T extends object, K extends keyof T & string>(
  type: { readonly prototype: T },
  name: K,
  wrap: (own: Method<T, K>) => (this: T, ...parameters: Parameters<Method<T, K>>) => unknown,
): () => void {
  const own = type.prototype[name] as Method<T, K>;
  Object.assign(type.prototype, { [name]: wrap(own) });
  return () => void Object.assign(type.prototype, { [name]: own });
}

/** Tells the result of every call of a method from now on, the object that it was called on, and the parameters. */
export function afterCalls<T extends object, K extends keyof T & string>(
  type: { readonly prototype: T },
  name: K,
  tell: (result: ReturnType<Method<T, K>>, object: T, parameters: Parameters<Method<T, K>>) => void,
): void {
  hook(
    type,
    name,
    (own) =>
      function (...parameters) {
        const result = own.apply(this, parameters as never[]) as ReturnType<Method<T, K>>;
        tell(result, this, parameters);
        return result;
      },
  );
}
