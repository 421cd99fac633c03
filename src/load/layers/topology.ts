/**
 * The layers of a model.json as nodes: one per call of a layer, with models in models laid open. What the layers do is not
 * looked at here.
 *
 * @module
 * @see https://keras.io/guides/functional_api/
 */
import { check, fail, show } from '../../conv/check';
import type { HostValue } from '../host-value';
import { field, listOf, textOf } from '../json';
import type { Endpoint, Reference, Topology } from '../node';
import { classOf, MODELS } from './classes';
import { callsOf, endsOf, type Inbound } from './inbound';
import { add, follow, labelOf, resolved, type Layer, type Reading } from './reading';
import { stepsOf } from './steps';
import { weightFinder } from './weight-names';

/** The nodes, and constants that are in the configuration of layers instead of the manifest. */
export interface LayersTopology {
  readonly topology: Topology;
  readonly constants: ReadonlyMap<string, HostValue>;
}

/** Where a layer is. */
interface Place {
  /** Names of the models around it, from the outside. */
  readonly models: readonly string[];
  /** What the names of its nodes begin with. */
  readonly prefix: string;
}

/** How deep models may be nested. */
const MAX_DEPTH = 8;

/**
 * The topology of a parsed model.json.
 *
 * @param weights the names in its manifest
 * @throws if it is no layers model, or a layer is malformed
 */
export function layersTopologyOf(op: string, model: unknown, weights: Iterable<string>): LayersTopology {
  const root = rootOf(op, model);
  const reading: Reading = {
    op,
    find: weightFinder(weights),
    nodes: new Map(),
    aliases: new Map(),
    constants: new Map(),
    inputs: [],
  };
  const outputs = expand(reading, root, { models: [], prefix: '' }, undefined);
  const nodes = resolved(reading);
  const ends = outputs.map((reference, i) => ({ reference: follow(reading, reference), name: outputs[i].node }));
  return {
    topology: { nodes, signature: { inputs: reading.inputs, outputs: named(ends) } },
    constants: reading.constants,
  };
}

/** The outermost model: with or without what Keras saves around it. */
function rootOf(op: string, model: unknown): Layer {
  const topology = field(model, 'modelTopology');
  check(field(topology, 'node') === undefined, () => `${op}: model.json is a graph model; load it with loadGraphModel`);
  const config = field(topology, 'model_config') ?? topology;
  check(
    typeof field(config, 'class_name') === 'string',
    () => `${op}: model.json has no modelTopology with class_name and config; give the model.json of a layers model`,
  );
  const root = layerOf(op, config);
  check(
    MODELS.has(root.kind),
    () => `${op}: the model is a ${show(root.kind)}; what can be loaded is Sequential, Functional and Model`,
  );
  return root;
}

/** Outputs by the names of their layers; if a layer has several outputs, all but the first have a number. */
function named(ends: readonly Endpoint[]): readonly Endpoint[] {
  const seen = new Set<string>();
  return ends.map((end) => {
    let { name } = end;
    for (let i = 1; seen.has(name); i++) name = `${end.name}_${i}`;
    seen.add(name);
    return { ...end, name };
  });
}

function layerOf(op: string, entry: unknown): Layer {
  const kind = classOf(textOf(`${op}: a layer's class_name`, field(entry, 'class_name')));
  const config = field(entry, 'config');
  // Models that hold nothing but a list of layers have no name.
  const name = field(entry, 'name') ?? field(config, 'name') ?? kind.toLowerCase();
  const text = textOf(`${op}: the name of a layer (${kind.slice(0, 60)})`, name);
  return {
    name: text,
    kind,
    config,
    calls: callsOf(`${op}: ${labelOf(text, kind)}`, field(entry, 'inbound_nodes')),
  };
}

/**
 * A model's layers as nodes.
 *
 * @param given what it is called with; undefined for the outermost, whose inputs are fed
 * @returns its outputs
 */
function expand(
  reading: Reading,
  model: Layer,
  place: Place,
  given: readonly Reference[] | undefined,
): readonly Reference[] {
  check(
    place.models.length < MAX_DEPTH,
    () => `${reading.op}: ${labelOf(model.name, model.kind)} is a model in ${MAX_DEPTH} models; that is too deep`,
  );
  return model.kind === 'Sequential'
    ? expandSequence(reading, model, place, given?.[0])
    : expandFunctional(reading, model, place, given);
}

function expandSequence(
  reading: Reading,
  { name, config }: Layer,
  place: Place,
  given: Reference | undefined,
): readonly Reference[] {
  const { op } = reading;
  let x = given;
  for (const entry of listOf(`${op}: the layers of ${show(name)}`, layersOf(config))) {
    const layer = layerOf(op, entry);
    if (layer.kind === 'InputLayer') {
      if (x === undefined) x = addInput(reading, layer.name, layer.config);
      else reading.aliases.set(place.prefix + layer.name, [x]);
      continue;
    }
    x ??= addInput(reading, `${layer.name}_input`, { ...inputConfigOf(op, layer, config) });
    [x] = call(reading, layer, place, 0, [x]);
  }
  return x === undefined ? fail(`${op}: model ${show(name)} has no layers`) : [x];
}

/** In old files the configuration of a Sequential model is the list of its layers. */
function layersOf(config: unknown): unknown {
  return Array.isArray(config) ? config : field(config, 'layers');
}

/** The layer that gives the shape of a Sequential model's input: its first one, or the first one of a model in it. */
function inputConfigOf(op: string, first: Layer, around: unknown): object {
  let layer = first;
  for (let depth = 0; depth < MAX_DEPTH && MODELS.has(layer.kind); depth++) {
    const layers = listOf(`${op}: the layers of ${show(layer.name)}`, layersOf(layer.config));
    const inputs = endsOf(op, field(layer.config, 'input_layers'));
    const next = layers.find((entry) => inputs.length === 0 || layerOf(op, entry).name === inputs[0].layer);
    if (next === undefined) break;
    layer = layerOf(op, next);
  }
  return {
    batch_input_shape:
      shapeIn(layer.config) ??
      field(around, 'build_input_shape') ??
      field(field(around, 'build_config'), 'input_shape'),
    dtype: field(layer.config, 'dtype'),
  };
}

function shapeIn(config: unknown): unknown {
  return field(config, 'batch_input_shape') ?? field(config, 'batch_shape') ?? undefined;
}

function addInput(reading: Reading, name: string, config: unknown): Reference {
  const more = { shape: shapeIn(config), dtype: field(config, 'dtype') };
  const node = add(reading, name, 'Placeholder', [], more);
  const reference = { node: name, output: 0 };
  reading.inputs.push({
    name,
    reference,
    shape: node.attributes.shape('shape'),
    dtype: node.attributes.dtype('dtype') ?? 'float32',
  });
  return reference;
}

function expandFunctional(
  reading: Reading,
  { name, config }: Layer,
  place: Place,
  given: readonly Reference[] | undefined,
): readonly Reference[] {
  const { op } = reading;
  const layers = new Map<string, Layer>();
  for (const entry of listOf(`${op}: the layers of ${show(name)}`, field(config, 'layers'))) {
    const layer = layerOf(op, entry);
    check(!layers.has(layer.name), () => `${op}: there are two layers ${show(layer.name)}; names must differ`);
    layers.set(layer.name, layer);
  }
  const inputs = endsOf(`${op}: input_layers`, field(config, 'input_layers'));
  const outputs = endsOf(`${op}: output_layers`, field(config, 'output_layers'));
  check(outputs.length > 0, () => `${op}: model ${show(name)} has no output_layers`);
  check(
    given === undefined || given.length === inputs.length,
    () => `${op}: model ${show(name)} has ${inputs.length} inputs but is called with ${given?.length}`,
  );
  const first = firstCalls(layers, outputs);
  const referenceOf = ({ layer, call: index, output }: Inbound, by: string): Reference => {
    const from = layers.get(layer) ?? fail(`${op}: there is no layer ${show(layer)}, but ${by} needs it`);
    const count = Math.max(1, from.calls.length);
    const at = index - (first.get(layer) ?? 0);
    check(
      at >= 0 && at < count,
      () =>
        `${op}: ${by} needs the result of call ${index} of ${labelOf(layer, from.kind)}, which is called ${count} times`,
    );
    return { node: nodeName(place, layer, at), output };
  };
  for (const [i, { layer }] of inputs.entries()) {
    const source = layers.get(layer);
    check(
      source?.kind === 'InputLayer',
      () => `${op}: input_layers of ${show(name)} names ${show(layer)}, which is no InputLayer`,
    );
    if (given === undefined) addInput(reading, layer, source.config);
    else reading.aliases.set(place.prefix + layer, [given[i]]);
  }
  for (const layer of layers.values()) {
    if (layer.kind === 'InputLayer') continue;
    const by = labelOf(layer.name, layer.kind);
    for (const [index, entries] of layer.calls.entries()) {
      call(
        reading,
        layer,
        place,
        index,
        entries.map((entry) => referenceOf(entry, by)),
      );
    }
  }
  return outputs.map((end) => referenceOf(end, `model ${show(name)}`));
}

/**
 * The number of each layer's first call. A model that is a layer was already called once by itself, when it was made; some
 * versions of Keras count that call, too.
 */
function firstCalls(layers: ReadonlyMap<string, Layer>, outputs: readonly Inbound[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  const used = [...outputs, ...[...layers.values()].flatMap(({ calls }) => calls.flat())];
  for (const { layer, call: index } of used) last.set(layer, Math.max(last.get(layer) ?? 0, index));
  return new Map(
    [...layers].map(([name, { kind, calls }]) => [
      name,
      MODELS.has(kind) && calls.length > 0 && last.get(name) === calls.length ? 1 : 0,
    ]),
  );
}

function nodeName({ prefix }: Place, layer: string, index: number): string {
  return `${prefix}${layer}${index === 0 ? '' : `#${index}`}`;
}

/** One call of a layer: a node, or some. */
function call(
  reading: Reading,
  layer: Layer,
  place: Place,
  index: number,
  inputs: readonly Reference[],
): readonly Reference[] {
  const name = nodeName(place, layer.name, index);
  if (MODELS.has(layer.kind)) {
    const inside = { models: [...place.models, layer.name], prefix: `${name}/` };
    const outputs = expand(reading, layer, inside, inputs);
    reading.aliases.set(name, outputs);
    return outputs.map((_, output) => ({ node: name, output }));
  }
  let from = inputs;
  const steps = stepsOf(reading, layer, [...place.models, layer.name]);
  for (const [i, { kind, config, weights }] of steps.entries()) {
    // The last step gives what the layer gives.
    const step = i === steps.length - 1 ? name : `${name}/${kind}`;
    add(reading, step, kind, [...from, ...weights], config);
    from = [{ node: step, output: 0 }];
  }
  return from;
}
