/** The models of a run, of all formats. */
import type { FedModel } from './fed-model';
import { fedFile, fedModel } from './fed-model';
import { fileModels } from './file-models';
import type { ModelSize } from './model-size';
import { realModels } from './real-models';

/** A model that is fetched when its turn comes. */
export interface NamedModel extends ModelSize {
  readonly name: string;
  readonly format: FedModel['format'];
  readonly fed: () => Promise<FedModel>;
}

const models: readonly NamedModel[] = [
  ...realModels.map((real) => ({ ...real, format: 'graph' as const, fed: () => fedModel(real) })),
  ...fileModels.map((file) => ({ ...file, fed: () => fedFile(file) })),
];

/** Those that a pattern finds in "model" and their names. */
export function modelsOf(pattern: RegExp): readonly NamedModel[] {
  return models.filter(({ name }) => pattern.test(`model ${name}`));
}
