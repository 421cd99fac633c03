/** The benchmark of host time: the rows that a filter selects, and the figures that are derived from the measurements. */
import { describe, expect, test } from 'vitest';
import { tableText } from '../../demo/cli/table';
import { figuresOf, hostNote, hostTable } from '../../demo/host/figures';
import { HOST_ROWS } from '../../demo/host/rows';
import { hostRowsOf } from '../../demo/host/selection';

describe('the filter', () => {
  test.for(['', 'depthwise', 'add', 'pw|dilation', '^network', 'ghost'])('"%s" asks for no row', (filter) => {
    expect(hostRowsOf(filter)).toBeUndefined();
  });

  test('"host" asks for all rows, and a longer one for some', () => {
    expect(hostRowsOf('host')).toEqual(HOST_ROWS.map(({ name }) => name));
    expect(hostRowsOf('^host')).toHaveLength(HOST_ROWS.length);
    expect(hostRowsOf('host add')).toHaveLength(3);
    expect(hostRowsOf('host .*(mobilenet|compile)')).toHaveLength(2);
  });

  test('a row that there is not is an error that says which there are', () => {
    expect(() => hostRowsOf('host nothing')).toThrow(
      'no row of host time matches the filter /host nothing/; there are "host add [1,8,8,4]", ',
    );
    expect(() => hostRowsOf('host (')).toThrow('the filter "host (" is no regular expression: ');
  });
});

describe('the figures', () => {
  test('are the median per call, and of two builds the median of their ratios', () => {
    const counts = [{ call: 100 }, { call: 100 }];
    // The clock rate halves after two rounds. Even so, the other build takes twice as long in every round.
    const own = [1, 1, 2, 2, 2];
    const other = [2, 2, 4, 4, 4];
    expect(figuresOf('add', { counts, ms: [own, other] })).toEqual([
      { row: 'add', per: 'call', us: 20, otherUs: 40, ratio: 0.5, rounds: 5, spread: 0 },
    ]);
    expect(figuresOf('add', { counts: [{ call: 100 }], ms: [[1, 2, 4]] })).toEqual([
      { row: 'add', per: 'call', us: 20, rounds: 3, spread: 0.5 },
    ]);
  });

  test('divide each build’s time by its own count, since a run of one may have fewer dispatches', () => {
    const counts = [
      { run: 2, dispatch: 20 },
      { run: 2, dispatch: 40 },
    ];
    const figures = figuresOf('run', { counts, ms: [[1], [1]] });
    expect(figures.map(({ per, us, otherUs, ratio }) => [per, us, otherUs, ratio])).toEqual([
      ['run', 500, 500, 1],
      ['dispatch', 50, 25, 2],
    ]);
  });
});

describe('the table', () => {
  const alone = { row: 'add', per: 'call', us: 23.456, rounds: 40, spread: 0.123 };
  const slow = { row: 'compile', per: 'compile', us: 12_345, otherUs: 24_690, ratio: 0.5, rounds: 9, spread: 0.02 };

  test('has one build alone', () => {
    const { head, rows } = hostTable([alone], undefined);
    expect(head).toEqual(['host time', 'unit', 'this tree', '±%', 'rounds']);
    expect(rows).toEqual([['add', 'µs per call', '23.5', '12', '40']]);
  });

  test('has both side by side, in milliseconds where there are many', () => {
    const table = hostTable([slow], 'abc1234');
    expect(table.rows).toEqual([['compile', 'ms per compile', '12.3', '24.7', '0.50', '2', '9']]);
    expect(tableText(table)).toContain('│ this tree │ abc1234 │ this / other │');
  });

  test.for([true, false])('says that it is host time (compared: %s)', (isCompared) => {
    expect(hostNote(isCompared)).toContain('Host time on this machine');
    expect(hostNote(isCompared).includes('take turns')).toBe(isCompared);
  });
});
