/** A row of a result of the benchmark, as it comes from a file. */
import type { Row } from '../../demo/report';

/**
 * @param ms milliseconds of a call
 * @param spread a share of them
 */
export function row(layer: string, ms: number, spread: number): Row {
  return {
    layer,
    family: 'test',
    method: 'default',
    count: 1,
    multiplyAdds: 1e6,
    bytes: 1000,
    bound: { ms: ms / 4, by: 'memory' },
    ok: true,
    result: {
      ms,
      spread,
      firstMs: 5 * ms,
      maxError: 0,
      ofBound: 0,
      checked: 8,
      kernel: 'depthwise/tile',
      tile: 'width 4, height 2',
      why: '=HYPERLINK("x")',
    },
  };
}
