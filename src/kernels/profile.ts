/**
 * What is known of a device before anything is measured on it: one line per kind of GPU, by what its adapter says about itself.
 * The default rule ranks tiles by it, and the tuner starts from that rank.
 *
 * No line is measured by us. Each names its source; where a source gives a block of outputs and the work that a core needs
 * before a smaller block is better, these are `sums` and `invocations`. TFLite stands for the GPU delegate of TensorFlow Lite,
 * which Google tuned on these devices: `tensorflow/lite/delegates/gpu/common/tasks/conv_generic.cc`.
 *
 * @module
 */

/** What a kind of device is like. */
export interface Profile {
  /** The name that `explain` shows. */
  readonly name: string;
  /** A CPU posing as a GPU (SwiftShader, llvmpipe): few threads, workgroup memory no faster than any other. */
  readonly cpu: boolean;
  /** With fewer invocations than this, some cores have nothing to do. */
  readonly invocations: number;
  /** The vec4s that an invocation may hold before too few invocations run at a time, or registers spill. */
  readonly registers: number;
  /** The most outputs of an invocation that the default rule takes. */
  readonly largest: number;
  /** The most vec4 sums of a matrix product that an invocation holds. */
  readonly sums: number;
  /** Whether workgroup memory is on the chip; if not, it only adds a detour. */
  readonly workgroupMemory: boolean;
  /** Commands that one encoder may hold. */
  readonly commands: number;
}

/** What an adapter says about itself; a browser may leave out any of it. */
export type AdapterInfo = Partial<
  Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'>
>;

/**
 * What holds where nothing else is known: tiles that fit the registers of every desktop GPU.
 *
 * - invocations: four waves of 64 on each of 64 cores; TFLite wants four on AMD, eight of 32 on NVIDIA
 * - registers: RDNA2 and RDNA3 in the model (`npm run isa`)
 * - sums: 4 where TFLite knows no vendor, 8 on most that it knows
 * - commands: 256, where LiteRT cuts: "at least Adreno 730 and some Intel GPUs fail sometimes with 512 (or more) nodes per
 *   encoder" (`kNumNodesPerCommandEncoder`). Each further encoder costs some ten microseconds
 */
const UNKNOWN: Omit<Profile, 'name'> = {
  cpu: false,
  invocations: 16_384,
  registers: 26,
  largest: 8,
  sums: 8,
  workgroupMemory: true,
  commands: 256,
};

/** Where registers are plenty: 256 a thread on RDNA (modelled), 255 on NVIDIA (CUDA C++ Programming Guide). */
const WIDE = { largest: Infinity, sums: 24 };

/** LiteRT cuts at 64 on Android. */
const PHONE = { commands: 64 };

/** The first line that has a matching word. */
const KNOWN: readonly (readonly [name: string, words: RegExp, traits: Partial<Profile>])[] = [
  // SwiftShader, measured: 35 to 50 ns to start an invocation (image-tile.ts). WARP is Windows' "Basic Render Driver".
  ['cpu', /swiftshader|llvmpipe|lavapipe|basic render/, { cpu: true, ...WIDE }],
  // TFLite: 2x2x2 sums. 8 cores in an M1, each with room for 1024 threads. tract#2858: workgroup memory pays beyond 5x5 only.
  ['apple', /apple/, { invocations: 8192, registers: 24 }],
  // TFLite: 2x4 sums where each core has 8 warps.
  ['nvidia', /nvidia|geforce|quadro|tesla/, { ...WIDE }],
  // TFLite: 2x2x2 sums where each core has 4 waves. `npm run isa`: 8x3 are faster in matrix products.
  ['amd', /\bamd\b|radeon|advanced micro/, { ...WIDE }],
  // Samsung's Xclipse is RDNA2 on a phone.
  ['xclipse', /samsung|xclipse/, { invocations: 4096, ...PHONE }],
  // TFLite: 4 sums. Xe: 128 registers of 32 bytes a thread are 16 vec4s for each of 16 lanes; beyond them there are 8 lanes. 96
  // vector engines in an integrated GPU, with room for seven threads each; Arc has five times as many.
  ['intel', /intel/, { invocations: 8192, registers: 14, largest: 4, sums: 4 }],
  // executorch#18293: 4x2 tiles are fine. ORT#24286: more registers collapse (40 s in place of 10). TFLite: 2x2x2 sums where each
  // core has 24 waves' work.
  ['adreno', /qualcomm|adreno/, { invocations: 2048, registers: 20, ...PHONE }],
  // executorch#18293: 4x2 tiles are 5 to 15 times slower, 1x1 tiles 4 to 15 times faster than they. TFLite: at most 4 sums in float32,
  // where each core has 768 threads. Arm's guides: workgroup memory is memory.
  [
    'mali',
    /\barm\b|mali|immortalis/,
    {
      invocations: 8192,
      largest: 1,
      sums: 4,
      workgroupMemory: false,
      ...PHONE,
    },
  ],
  // TFLite: one pixel by 8 vec4s of channels; the rest as for other phones.
  ['powervr', /img-tec|imagination|powervr/, { invocations: 4096, registers: 20, ...PHONE }],
];

/**
 * The profile of an adapter.
 *
 * @param userAgent tells phones where the browser hides the adapter's name, as it may; default ''
 */
export function profileOf(info: AdapterInfo | undefined, userAgent = ''): Profile {
  const { vendor, architecture, device, description, isFallbackAdapter } = info ?? {};
  const words = isFallbackAdapter === true ? 'swiftshader' : [vendor, architecture, device, description].join(' ');
  const [name = 'unknown', , traits] = KNOWN.find(([, known]) => known.test(words.toLowerCase())) ?? [];
  return { ...UNKNOWN, ...(/android/i.test(userAgent) && PHONE), ...traits, name };
}
