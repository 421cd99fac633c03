/**
 * The entry `depthwise/litert`: its public names and nothing else.
 *
 * @module depthwise/litert
 */
export { fromLiteRt, openGpuOn, toLiteRt, type LiteRtModule } from './interop/litert';
export type { JoinOptions } from './tensor/gpu';
