/** Checks the format of results: an address or a file may come from anybody. */
import * as v from 'valibot';
import type { Outcome } from '../peers/results';
import { CONTENDERS, type ContenderName } from '../peers/strategy';
import type { Report } from '../report';

const text = v.pipe(v.string(), v.maxLength(2000));
/** JSON has no NaN, and writes null for it. */
const figure = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
);
const count = v.pipe(v.number(), v.minValue(0));
const time = v.pipe(v.number(), v.gtValue(0));
const spread = v.pipe(
  v.nullable(count),
  v.transform((value) => value ?? Number.NaN),
);

const timing = { ms: time, spread, gpuMs: v.optional(time), gpuSpread: v.optional(spread), ends: v.optional(v.object({ first: time, last: time })) }; // prettier-ignore
const kernels = { kernel: text, tile: text, why: text };
const work = { multiplyAdds: count, bytes: count };
const bound = v.optional(v.object({ ms: time, by: v.picklist(['memory', 'arithmetic']) }));

const environment = v.object({
  adapter: text,
  isFallback: v.boolean(),
  browser: text,
  driver: text,
  features: v.array(text),
  crossOriginIsolated: v.boolean(),
  threads: count,
  date: v.pipe(v.string(), v.isoTimestamp()),
});

const peaks = v.object({
  copies: v.pipe(v.array(v.object({ bytes: time, ms: time })), v.minLength(1)),
  gigaflops: time,
  halfGigaflops: v.optional(time),
  emptyMs: count,
});

const row = v.object({
  layer: text,
  family: text,
  method: text,
  count,
  ...work,
  bound,
  ok: v.boolean(),
  result: v.optional(
    v.object({ ...timing, ...kernels, firstMs: count, maxError: figure, ofBound: figure, checked: count }),
  ),
  error: v.optional(text),
});

const name = v.picklist([...CONTENDERS, 'eager'] satisfies readonly ContenderName[]);

const measured = v.object({
  name,
  ...timing,
  firstMs: count,
  dispatches: count,
  submits: count,
  hostMs: figure,
  peakBytes: count,
  maxError: figure,
  how: v.optional(text),
  program: v.optional(v.object({ nodes: count, traced: count, kernels: v.record(text, count) })),
  kernels: v.optional(v.object(kernels)),
});
const unsupported = v.object({ name, unsupported: text });
const failed = v.object({ name, error: text, isMissing: v.optional(v.boolean()) });
/** Not a union, whose error would not say which field of which of the three is wrong. */
const outcome: v.GenericSchema<unknown, Outcome> = v.lazy((input) => {
  const fields = Object(input) as object;
  if ('error' in fields) return failed;
  return 'unsupported' in fields ? unsupported : measured;
});
const outcomes = v.array(outcome);

const load = v.object({
  name,
  title: text,
  ms: figure,
  shipped: v.optional(count),
  bytes: v.optional(count),
  error: v.optional(text),
  absent: v.optional(text),
});

const comparedLayer = v.object({
  layer: text,
  family: v.picklist(['depthwise', 'pointwise', 'grouped', 'separable', 'dense']),
  network: v.optional(text),
  ...work,
  bound,
  outcomes,
});

/** Drops fields that it does not know, so that it can read the results of later versions that add some. */
export const reportSchema: v.GenericSchema<unknown, Report> = v.object({
  format: v.literal('depthwise-bench'),
  version: v.literal(1),
  status: v.picklist(['idle', 'running', 'passed', 'failed', 'stopped']),
  progress: v.object({ done: count, total: count, label: text }),
  environment: v.optional(environment),
  sample: v.optional(v.object({ count, seed: count })),
  peaks: v.optional(peaks),
  rows: v.array(row),
  networks: v.array(v.object({ network: text, multiplyAdds: count, outcomes })),
  models: v.array(v.object({ model: text, outcomes })),
  photo: v.optional(v.object({ ok: v.boolean(), maxDifference: figure, ofBound: figure, firstMs: count, ms: count })),
  peers: v.optional(v.object({ loads: v.array(load), layers: v.array(comparedLayer) })),
  drift: v.optional(v.object({ layer: text, first: v.object(timing), last: v.object(timing) })),
  roundsDrift: v.optional(v.object({ ratio: time, spread, tasks: count })),
  pauses: v.optional(count),
  note: v.optional(text),
  errors: v.array(text),
});
