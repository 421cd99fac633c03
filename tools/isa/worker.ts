/** The child process of compile.ts: makes a pipeline of every source, and reads what the layer wrote about it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Answer, Captured, Request, Source } from './compile';

const [requestFile, answerFile] = process.argv.slice(2);
const { webgpu, capture, sources } = JSON.parse(readFileSync(requestFile, 'utf8')) as Request;

interface Dawn {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: object;
}
const { create, globals } = (await import(pathToFileURL(webgpu).href)) as Dawn;
Object.assign(globalThis, globals);

const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];
const LIMITS = [
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
] as const;

const gpu = create(['backend=vulkan']);
// Dawn crashes if its instance is collected before the objects that it made.
Object.assign(globalThis, { gpu });
const adapter = await gpu.requestAdapter();
if (adapter === null) throw new Error("Dawn finds no adapter: RADV's null device does not start");
const device = await adapter.requestDevice({
  requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
  requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
});

const shaders: Answer['shaders'][number][] = [];
for (const source of sources) shaders.push(await compile(source));
const { description } = adapter.info;
writeFileSync(answerFile, JSON.stringify({ driver: description, shaders } satisfies Answer));
// Dawn's device would keep the process alive.
process.exit(0);

async function compile({ code, entry, constants }: Source): Promise<Captured | { error: string }> {
  writeFileSync(capture, '');
  try {
    const module = device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) {
      return { error: errors.map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}`).join('\n') };
    }
    await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module, constants: { ...constants }, ...(entry !== undefined && { entryPoint: entry }) },
    });
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  const captured = readFileSync(capture, 'utf8').trim().split('\n').at(-1);
  return captured ? (JSON.parse(captured) as Captured) : { error: 'the layer saw no pipeline' };
}
