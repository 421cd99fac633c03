/**
 * The order in which test files start. By default small files come last, but some of them take long. One browser then works
 * alone on such a file while the other is idle.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest on every machine; all other files take less time than any of these. */
const LONGEST =
  'kernels float16 tune float16-layers load-models limits networks fuzz rows tfjs-models tfjs-install tune-separable workers mistakes gpu-crash';

const places = new Map(LONGEST.split(' ').map((name, place) => [`${name}.test.ts`, place]));

function placeOf({ moduleId }: TestSpecification): number {
  return places.get(moduleId.slice(moduleId.lastIndexOf('/') + 1)) ?? places.size;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
