/**
 * One model from files, by ours and by the libraries that read its format, each in a realm that computed nothing before. The
 * first of those libraries gives the right result.
 */
import type { FedModel, ModelOutputs } from '../models/fed-model';
import type { NamedModel } from '../models/models';
import type { Race } from '../timing';
import { contest } from './contest';
import type { OpenRealm, RealmOpener } from './realm';
import type { ComparedModel, Outcome } from './results';
import { TITLES, type ContenderName } from './strategy';

/** The allowed difference between two libraries, as a share of the largest number of an output. */
const TOLERANCE = 1e-3;

/** The libraries by format. Ours must match the outputs of the first. */
const NAMES: Readonly<Record<FedModel['format'], readonly ContenderName[]>> = {
  graph: ['tfjs', 'ours'],
  tflite: ['litert', 'ours'],
  onnx: ['ort', 'ort-nhwc', 'ours'],
};

/** @param onTurn told who comes next */
export async function compareModel(
  named: NamedModel,
  race: Race,
  openRealm: RealmOpener,
  onTurn: (name: ContenderName) => void,
): Promise<ComparedModel> {
  const realms = new Map<ContenderName, OpenRealm>();
  const missing: Outcome[] = [];
  let expected: ModelOutputs | undefined;
  try {
    const model = await named.fed();
    const names = NAMES[model.format];
    for (const name of names) {
      try {
        realms.set(name, await openRealm(name));
      } catch (error) {
        missing.push({ name, error: `it does not start: ${String(error)}`, isMissing: true });
      }
    }
    let turn = names[0];
    const task = {
      enter: (realm: OpenRealm) => realm.enterModel(model),
      judge(outputs: ModelOutputs) {
        if (turn === names[0]) expected = outputs;
        if (expected === undefined) return { maxError: Number.NaN, wrong: 'there is nothing to compare it with' };
        const maxError = differenceOf(outputs, expected);
        // Not `maxError > TOLERANCE`: NaN must not pass.
        if (maxError <= TOLERANCE) return { maxError };
        return { maxError, wrong: `${maxError} of the largest output off ${TITLES[names[0]]}` };
      },
      onTurn(name: ContenderName) {
        turn = name;
        onTurn(name);
      },
    };
    const outcomes = await contest(realms, task, race);
    return { model: named.name, outcomes: [...outcomes.toReversed(), ...missing] };
  } finally {
    for (const realm of realms.values()) realm.close();
  }
}

/**
 * The largest difference over the outputs, as a share of the output's largest number; NaN if any number is NaN or an output is
 * missing.
 */
function differenceOf(actual: ModelOutputs, expected: ModelOutputs): number {
  const names = Object.keys(expected);
  if (names.length !== Object.keys(actual).length) return Number.NaN;
  return names.reduce((worst, name) => Math.max(worst, differenceOfOutput(actual[name], expected[name])), 0);
}

function differenceOfOutput(actual: ArrayLike<number> | undefined, expected: ArrayLike<number>): number {
  if (actual?.length !== expected.length) return Number.NaN;
  let [largest, difference] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
  }
  return difference === 0 ? 0 : difference / largest;
}
