/** Runs the inspector: one model after the other, each on a device that stays open. */
import { openGpu, type Gpu } from '../../../src/index';
import { inspect } from './inspect';
import type { InspectorEvents, InspectorState } from './view';

export interface Inspector extends InspectorEvents {
  readonly state: () => InspectorState;
}

/**
 * @param changed told when there is something else to be shown
 * @param alone runs a task while nothing else uses the GPU, because its times would include the other work
 */
export function startInspector(
  changed: () => void,
  alone: (task: () => Promise<void>) => Promise<void> = (task) => task(),
): Inspector {
  let state: InspectorState = {};
  let gpu: Promise<Gpu> | undefined;
  let files: readonly File[] = [];
  let shapes: Readonly<Record<string, readonly number[]>> = {};
  let turn = 0;
  const show = (change: InspectorState): void => {
    state = { ...state, ...change };
    changed();
  };
  const open = (): Promise<Gpu> => {
    const opening = gpu ?? openGpu();
    gpu = opening;
    opening.catch(() => (gpu = undefined));
    return opening;
  };
  const run = async (): Promise<void> => {
    const own = ++turn;
    const say = (change: InspectorState): void => {
      if (own === turn) show(change);
    };
    say({ status: 'Opening the GPU …', error: undefined });
    try {
      const device = await open();
      await alone(async () => {
        if (own !== turn) return;
        const inspection = await inspect(device, files, { shapes, onStatus: (status) => say({ status }) });
        say({ inspection, status: undefined });
      });
    } catch (error) {
      say({ status: undefined, error: error instanceof Error ? error.message : String(error) });
    }
  };
  return {
    state: () => state,
    onFiles(chosen) {
      files = chosen;
      shapes = {};
      const main = chosen.find(({ name }) => /\.(json|onnx|tflite)$/i.test(name)) ?? chosen[0];
      show({ name: main.name, inspection: undefined });
      void run();
    },
    onShape(input, shape) {
      shapes = { ...shapes, [input]: shape };
      void run();
    },
  };
}
