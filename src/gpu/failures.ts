/**
 * The words of failures that the browser reports later: a program that does not compile, a submit that the device refuses. An app
 * loads them when there is one; see `worded.ts`.
 *
 * @module
 */
import type { Command } from './command';
import type { Pipelines, Program } from './pipelines';

/** The compiler's messages with their lines, so that the error can be read without a debugger. */
export async function compileError(
  { wgsl, program }: Program,
  module: GPUShaderModule,
  validation: GPUError | null,
  cause: unknown,
): Promise<Error> {
  // A lost device gives no messages.
  const { messages } = await module.getCompilationInfo().catch(() => ({ messages: [] }));
  const lines = wgsl.split('\n');
  const said = messages.map(
    ({ lineNum, linePos, message }) => `  ${lineNum}:${linePos} ${message}\n    ${lines[lineNum - 1] ?? ''}`,
  );
  const reason = said.length > 0 ? `\n${said.join('\n')}` : ` ${validation?.message ?? String(cause)}`;
  return new Error(`depthwise: the shader of ${program} does not compile:${reason}`, { cause });
}

/**
 * The real reason why a submit was refused: if a program does not compile, the browser's message about the submit does not say
 * so.
 */
export async function submitError(
  commands: readonly Command[],
  pipelines: Pipelines,
  refusal: GPUError,
): Promise<Error> {
  const compiling = commands.map(async (c) => ('step' in c ? pipelines.compile(c.step) : undefined));
  const failed = (await Promise.allSettled(compiling)).find((outcome) => outcome.status === 'rejected');
  return failed === undefined ? refusalOf(commands, refusal) : (failed.reason as Error);
}

function refusalOf(commands: readonly Command[], cause: GPUError): Error {
  const labels = commands.flatMap((command) => {
    if ('step' in command) return [command.step.label];
    return 'encode' in command ? [command.label] : [];
  });
  const shown = labels.slice(0, 4).join(', ') + (labels.length > 4 ? ` and ${labels.length - 4} more` : '');
  // No property of a buffer says that it is destroyed. The pool destroys no buffer that a command names.
  return new Error(
    `depthwise: the device refused ${shown || 'a copy'}: ${cause.message}${cause.message.includes('destroyed') ? '; destroy a buffer that gpu.wrap was given when the calls that use it are submitted (gpu.submit), or let keepAlive do it' : ''}`,
    { cause },
  );
}
