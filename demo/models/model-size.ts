/** What a run of a model computes, known before its file is fetched, to estimate how long it takes. A test compares it with the files. */
export interface ModelSize {
  /** Millions of multiply-adds. */
  readonly megaMultiplyAdds: number;
  /** Nodes that a run computes. */
  readonly nodes: number;
}
