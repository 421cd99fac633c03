/**
 * A kernel is one way to compute one kind of problem: a shader and the arithmetic that fits it to a problem. Kernels
 * are pure: they make text and numbers, and never see a device.
 *
 * Words used here, from the ground up:
 * - **lane**: one component of a vec4. Lanes run along channels, so that neighbours in memory are one load.
 * - **tile**: the outputs that one invocation keeps in registers. More outputs share each loaded word, which is what
 *   convolution is short of; too many cost occupancy on a GPU and compile time on a CPU adapter.
 * - **knob**: a `const` of the shader that a tile or problem sets. A value that shapes the loop nest is a knob; a value
 *   that only bounds it is a uniform, so that one pipeline serves many sizes.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Step, Tile } from '../step';
import type { Epilogue } from './epilogue';
import type { Halves } from './half';
import type { Profile } from './profile';

/** What a kernel may ask about the device it will run on. */
export interface Target {
  readonly limits: Limits;
  readonly profile: Profile;
  /** The features that the device was opened with. */
  readonly features: ReadonlySet<string>;
  /** What of the call's tensors is float16; default nothing. */
  readonly halves?: Halves;
  /** Whether first calls may run by stand-ins; see stand-in.ts. */
  readonly quickStart?: boolean;
}

/** The part of GPUSupportedLimits that kernels and tensors respect. */
export interface Limits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly minStorageBufferOffsetAlignment: number;
}

/** The device as a call sees it: with the call's halves. */
export function targetWith(halves: Halves | undefined, target: Target): Target {
  return halves === undefined ? target : { ...target, halves };
}

/** What can be asked about a way to compute a problem before it is chosen. */
export interface Method<P> {
  /** `family/method`, as `explain` and the bench table show it. */
  readonly name: string;
  /** Why the default rule takes it where it can: one sentence. */
  readonly why: string;
  /** The shader's text as in its file: winners that were measured with another text are forgotten. */
  readonly wgsl: string;
  /** The feature that the shader requires. */
  readonly feature?: GPUFeatureName;
  /** Whether it computes this problem correctly on a device that can run it; speed does not matter here. */
  supports(problem: P): boolean;
  /** Whether the default rule should take it where it can; absent means always. */
  suits?(problem: P, target: Target): boolean;
  /** The variants worth trying; the first is the default. */
  tiles(problem: P, target: Target): readonly Tile[];
  /**
   * How it computes first calls, while the program of the chosen kernel is being compiled: by a short program that serves many
   * problems. Absent or undefined means not at all.
   */
  standsIn?(problem: P, target: Target): StandIn | undefined;
}

/** A tile that is quick to compile. */
export interface StandIn {
  readonly tile: Tile;
  /** About how many nanoseconds it takes for a multiply-add. */
  readonly pace: number;
}

/** One way to compute a problem: in one dispatch. See chain.ts for several. */
export interface Kernel<P = ConvProblem> extends Method<P> {
  /** The dispatch that computes the problem; its operands are the shader's bindings and the epilogue's. */
  step(problem: P, tile: Tile, epilogue: Epilogue, target: Target): Step;
}

/** Whether a device with these features can run it, and it computes the problem. */
export function canRun<P>(way: Method<P>, problem: P, { features }: Target): boolean {
  return (way.feature === undefined || features.has(way.feature)) && way.supports(problem);
}
