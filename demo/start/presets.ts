/** What a visitor may choose to measure without knowing the names of layers. */

/** What a run measures, as the page's address says it. */
export interface Asked {
  /** A regular expression over families and names; '' takes all layers and two networks. */
  readonly filter: string;
  readonly quick: boolean;
  readonly peers: boolean;
}

export interface Preset extends Asked {
  readonly name: string;
  readonly help: string;
}

export const PRESETS: readonly Preset[] = [
  {
    name: 'Quick',
    help: 'Two dozen layers, MobileNetV1 and V2, three rounds each',
    filter: '',
    quick: true,
    peers: false,
  },
  {
    name: 'Layers',
    help: 'All layers, in fifteen rounds, and grouped ones by every method',
    filter: '^(?!network|model)',
    quick: false,
    peers: false,
  },
  {
    name: 'Networks',
    help: 'Seven networks, compiled to programs and call by call',
    filter: '^network',
    quick: false,
    peers: false,
  },
  {
    name: 'Models',
    help: 'Seventeen published models, beside the libraries of their formats',
    filter: '^model',
    quick: false,
    peers: false,
  },
  {
    name: 'Beside other libraries',
    help: 'The quick layers and two networks, by TensorFlow.js, ONNX Runtime Web, jax-js and LiteRT.js, too',
    filter: '^(?!model|network (?!mobileNetV[12]$))',
    quick: true,
    peers: true,
  },
];

/** The preset that asks for the same run. */
export function presetOf({ filter, quick, peers }: Asked): Preset | undefined {
  return PRESETS.find((preset) => preset.filter === filter && preset.quick === quick && preset.peers === peers);
}
