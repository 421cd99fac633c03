/**
 * A Step is one compute dispatch as plain data: the waist of the house. Kernels make Steps; eager calls run them, a
 * recording writes them into the app's encoder, the timer times them, tests snapshot them. Nothing here knows WebGPU
 * objects, and nothing but the WGSL says what is bound: the operands are the program's own `@binding` variables.
 *
 * @module
 */

/** One compute dispatch, complete except for the buffers of its operands. */
export interface Step {
  /** The name of the dispatch in a profiler: kernel, tile and problem in one line. */
  readonly label: string;
  /** The name of the program in a profiler: kernel and tile, since a program serves many problems. */
  readonly program: string;
  /** The kernel's name, `family/method`. */
  readonly kernel: string;
  /** The knobs that the tile set, for `explain` and the bench table. */
  readonly tile: Tile;
  /** The specialised program; its text is the pipeline's cache key. */
  readonly wgsl: string;
  /** The bindings of the program: the shader's own, and then those of its epilogue. */
  readonly bindings: readonly Binding[];
  /** The uniform struct's bytes, as 32-bit words; empty where the program has none. */
  readonly uniforms: Uint32Array;
  /** How many workgroups run it. */
  readonly grid: Grid;
}

/** The knob values of one variant of a kernel. */
export type Tile = Readonly<Record<string, number>>;

/** Workgroups along x, y and z. */
export type Grid = readonly [x: number, y: number, z: number];

/** A `@binding` variable of a WGSL program. */
export interface Binding {
  readonly binding: number;
  /** The WGSL variable's name; operands are bound by it. */
  readonly name: string;
  readonly access: 'uniform' | 'read' | 'read_write';
  /** Its kind, if it is no buffer. */
  readonly kind?: 'texture' | 'externalTexture';
}

/**
 * A grid of at least `workgroups` workgroups in which no side exceeds `limit`. Beyond the limit the grid is nearly square, so
 * that few surplus workgroups are launched; the shader numbers the workgroups `y * width + x`, and the surplus returns at once.
 *
 * @param workgroups how many workgroups the problem needs
 * @param limit the device's `maxComputeWorkgroupsPerDimension`
 */
export function gridOf(workgroups: number, limit: number): Grid {
  if (workgroups <= limit) return [workgroups, 1, 1];
  const width = Math.ceil(Math.sqrt(workgroups));
  const height = Math.ceil(workgroups / width);
  if (width <= limit) return [width, height, 1];
  throw new Error(
    `depthwise: ${workgroups} workgroups do not fit a grid of ${limit} x ${limit}, the device's ` +
      'maxComputeWorkgroupsPerDimension; split the batch into several calls',
  );
}
