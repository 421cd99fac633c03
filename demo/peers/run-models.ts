/** Models from files: ours compiled, beside the libraries that read their formats. */
import type { NamedModel } from '../models/models';
import type { Race } from '../timing';
import { compareModel } from './compare-model';
import type { RealmOpener } from './realm';
import type { ComparedModel } from './results';
import { TITLES, type ContenderName } from './strategy';

export interface ModelsOptions {
  readonly models: readonly NamedModel[];
  readonly race: Race;
  readonly openRealm: RealmOpener;
  readonly signal: AbortSignal;
  /** Told of every change, and of what comes next. */
  readonly onChange: (compared: readonly ComparedModel[], next: string) => void;
}

export async function runModels({ models, race, openRealm, signal, onChange }: ModelsOptions): Promise<void> {
  const compared: ComparedModel[] = [];
  for (const model of models) {
    const onTurn = (name: ContenderName): void => {
      signal.throwIfAborted();
      onChange([...compared], `${model.name} by ${TITLES[name]}`);
    };
    compared.push(await compareModel(model, race, openRealm, onTurn));
    onChange([...compared], '');
  }
}
