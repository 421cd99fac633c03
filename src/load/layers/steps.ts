/**
 * A layer as the nodes that compute it.
 *
 * @module
 */
import { field } from '../json';
import type { Reference } from '../node';
import { layerActivationOf } from './activation';
import { channelsFirst, weightNamesOf } from './classes';
import { configAttributes } from './config';
import { addConst, addNumbers, labelOf, type Layer, type Reading } from './reading';

/** What is computed one after the other. */
export interface Step {
  readonly kind: string;
  readonly config: unknown;
  readonly weights: readonly (Reference | undefined)[];
}

/** A layer, between changes of the order of axes where its channels are first, and an activation that is a layer. */
export function stepsOf(reading: Reading, { name, kind, config }: Layer, path: readonly string[]): readonly Step[] {
  const what = `${reading.op}: ${labelOf(name, kind)}`;
  const attributes = configAttributes(what, config);
  const first = channelsFirst(kind, attributes);
  const activation = layerActivationOf(what, field(config, 'activation'));
  // Softmax adds up to 1 along the last axis, wherever the channels are.
  const apart =
    kind !== 'Activation' && ('kind' in activation || (first !== undefined && activation.name.endsWith('softmax')));
  const own = 'kind' in activation || apart ? 'linear' : activation.name;
  const plain = typeof config === 'object' ? { ...config, activation: own } : { activation: own };
  const steps: Step[] = [{ kind, config: plain, weights: weightsOf(reading, kind, path, attributes) }];
  const move = (to: string): Step => ({ kind: to, config: {}, weights: [] });
  if (first !== undefined) steps.unshift(move('ChannelsLast'));
  if (first === 'kept') steps.push(move('ChannelsFirst'));
  if ('kind' in activation) steps.push({ kind: activation.kind, config: activation.config, weights: [] });
  else if (apart) steps.push({ kind: 'Activation', config: { activation: activation.name }, weights: [] });
  return steps;
}

/** A layer's weights as nodes: those of the manifest, and numbers that its configuration has. */
function weightsOf(
  reading: Reading,
  kind: string,
  path: readonly string[],
  attributes: ReturnType<typeof configAttributes>,
): readonly (Reference | undefined)[] {
  const inConfig = kind === 'Rescaling' ? ['scale', 'offset'] : kind === 'Normalization' ? ['mean', 'variance'] : [];
  const written = inConfig.map(
    (name) => [name, attributes.numbers(name) ?? (name === 'offset' ? [0] : undefined)] as const,
  );
  if (written.length > 0 && written.every(([, numbers]) => numbers !== undefined)) {
    return written.map(([name, numbers]) => addNumbers(reading, [...path, name].join('/'), numbers ?? []));
  }
  let index = 0;
  const inputs = [...inConfig, ...weightNamesOf(kind, attributes)].map((weight) => {
    if (weight === undefined) return undefined;
    // The graph reports a missing weight, if it needs the layer.
    const name = reading.find(path, weight, index++) ?? [...path, weight].join('/');
    return addConst(reading, name);
  });
  // What may be left out comes last.
  return kind === 'BatchNormalization' ? [...inputs.slice(2), ...inputs.slice(0, 2)] : inputs;
}
