/** Wraps WebGPU's own methods for as long as the wrapper is wanted. */

type Method<T, K extends keyof T> = Extract<T[K], (...parameters: never[]) => unknown>;

/**
 * Replaces a method of a class.
 *
 * @param wrap given the class's own method, which needs its `this`
 * @returns a function that restores the class's own method
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

/** Reports every call of a method from now on: its result, the object that it was called on, and the parameters. */
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
