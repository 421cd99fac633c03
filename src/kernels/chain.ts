/**
 * A way to compute a problem in several dispatches: each operation reads what an earlier one has written. The kernel of
 * each operation is chosen separately.
 *
 * @module
 */
import type { Form } from './dtype';
import { operandsOf, type Epilogue } from './epilogue';
import type { Kernel, Method } from './kernel';
import type { Operation } from './operation';
import type { Plan, Planner, Slot } from './plan';
import { bindingBytes, namesOf, stagesOf, tensorsOf, type FormEnding, type Request } from './request';

/** One of the operations of a chain. The names are those of the whole problem's tensors in the shaders, or of intermediates. */
export interface Link {
  readonly operation: Operation<unknown>;
  readonly problem: unknown;
  /** By the roles that the operation has for them. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly epilogue: Epilogue;
  /** What the epilogue reads, in its order. */
  readonly operands: readonly string[];
  /** What it writes. */
  readonly output: string;
}

/**
 * The operations of a chain in order, and its intermediates by name; they have the type of the input `x` unless they say
 * otherwise.
 */
export interface Links {
  readonly links: readonly Link[];
  readonly middles: Readonly<Record<string, Pick<Form, 'shape'> & Partial<Form>>>;
}

/** Several dispatches. */
export interface Chain<P> extends Method<P> {
  /** The requests of its operations. */
  requests(request: Request): readonly Request[];
  /** The plans of these requests, combined into one plan. */
  plan(request: Request, why: string, planner: Planner): Plan;
}

/** A way to compute a problem: in one dispatch, or in several. */
export type Way<P> = Kernel<P> | Chain<P>;

/** The chain of operations. */
export function chainOf<P>(method: Method<P>, linksOf: (problem: P, epilogue: Epilogue) => Links): Chain<P> {
  const linked = (request: Request): readonly Linked[] => {
    const { links, middles } = linksOf(request.problem as P, stagesOf(request));
    const [names, forms] = [namesOf(request), tensorsOf<Form>(request)];
    const formOf = (name: string): Form => {
      if (middles[name] === undefined) return forms[names.indexOf(name)];
      const { shape, dtype = request.inputs.x.dtype } = middles[name];
      return { shape, dtype };
    };
    return links.map(({ operation, problem, inputs, epilogue, operands, output }) => {
      const read = [...operands];
      const endings = epilogue.map((stage): FormEnding => {
        const own = read.splice(0, operandsOf([stage]).length);
        return { stage, operands: own.map(formOf) };
      });
      const roles = Object.fromEntries(Object.entries(inputs).map(([role, name]) => [role, formOf(name)]));
      const { op, sums } = request;
      return {
        request: { op, operation, problem, inputs: roles, endings, output: formOf(output), sums },
        tensors: [...Object.values(inputs), ...operands, output],
      };
    });
  };
  return {
    name: method.name,
    why: method.why,
    // A getter, because the text may be long and is rarely asked for.
    get wgsl() {
      return method.wgsl;
    },
    supports: (problem) => method.supports(problem),
    suits: (problem, target) => method.suits?.(problem, target) !== false,
    tiles: (problem, target) => method.tiles(problem, target),
    requests: (request) => linked(request).map((link) => link.request),
    plan(request, why, planner) {
      const names = namesOf(request);
      const middles: Record<string, number> = {};
      const parts = linked(request).flatMap((link, i) => {
        const plan = planner(link.request);
        for (const [name, bytes] of Object.entries(plan.middles ?? {})) middles[`${i}.${name}`] = bytes;
        const of = ({ tensor, ...range }: Slot): Slot => {
          if (typeof tensor === 'string') return { tensor: `${i}.${tensor}`, ...range };
          const name = link.tensors[tensor];
          const place = names.indexOf(name);
          if (place < 0) middles[name] = bindingBytes(tensorsOf<Form>(link.request)[tensor]);
          return { tensor: place < 0 ? name : place, ...range };
        };
        return plan.parts.map((part) => ({ ...part, why: part.why ?? plan.why, slots: part.slots.map(of) }));
      });
      return { why, parts, middles };
    },
  };
}

/** A link as a request, and the names that its tensors have in the whole. */
interface Linked {
  readonly request: Request;
  readonly tensors: readonly string[];
}
