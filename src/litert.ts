/**
 * The entry `depthwise/litert`: its public names and nothing else.
 *
 * @module
 */
export { fromLiteRt, openGpuOn, toLiteRt, type JoinOptions, type LiteRtModule } from './interop/litert';
