/** The pages beside the reference, in the order in which the navigation lists them: files in Markdown, from the root. */
export const GUIDES: readonly string[] = [
  'guides/start.md',
  'guides/convolutions.md',
  'guides/images-and-video.md',
  'guides/models.md',
  'guides/tensorflow-js.md',
  'guides/onnx-runtime-and-litert.md',
  'guides/programs.md',
  'guides/tuning.md',
  'guides/float16.md',
  'guides/numbers.md',
  'guides/errors.md',
  'guides/device-loss.md',
  'guides/performance.md',
  'guides/builds.md',
  'guides/wgsl-kernels.md',
];

/** The pages about the project itself. */
export const PROJECT: readonly string[] = [
  'MODELS.md',
  'examples/README.md',
  'CHANGELOG.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
];
