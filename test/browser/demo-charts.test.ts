/** The charts of the benchmark page: which bars are red, what the keys do, and when a run waits. */
import { afterEach, expect, test } from 'vitest';
import { libraryBars, ownBars, roofline } from '../../demo/charts/charts';
import { labelOf } from '../../demo/charts/facts';
import { visibilityGate } from '../../demo/gate';
import type { LayerMark } from '../../demo/result/marks';

afterEach(() => document.body.replaceChildren());

function mark(task: string, by: string, ms: number, spread: number): LayerMark {
  return {
    task,
    family: 'depthwise',
    by,
    isOurs: by === 'depthwise',
    ms,
    spread,
    low: ms * (1 - 2 * spread),
    high: ms * (1 + 2 * spread),
    firstMs: 10 * ms,
    work: { multiplyAdds: 1e6 * ms, bytes: 1e5 },
    kernel: 'depthwise/tile',
    tile: 'width 4',
    why: 'default rule',
  };
}

function fills(chart: Element): readonly (string | null)[] {
  return [...chart.querySelectorAll('[role=img]')].map((bar) => bar.getAttribute('fill'));
}

test('a library is red only where it is faster for certain', () => {
  const ours = mark('layer', 'depthwise', 2, 0.05);
  const chart = libraryBars(
    [ours, mark('layer', 'noisy', 1, 0.6), mark('layer', 'faster', 1, 0.05), mark('layer', 'slower', 4, 0.05)],
    800,
  );
  expect(fills(chart)).toEqual(['var(--accent)', 'var(--bar)', 'var(--bad)', 'var(--bar)']);
  expect(chart.textContent).toContain('0.500 ×, tie');
  expect(chart.textContent).toContain('0.500 ×, faster');
});

test('the arrow keys go from dot to dot, and each says its kernel, tile and why', () => {
  const marks = [mark('a', '', 1, 0.1), mark('b', '', 2, 0.1), mark('c', '', 4, 0.1)];
  const peaks = { copies: [{ bytes: 1e6, ms: 1 }], gigaflops: 10, emptyMs: 0.01 };
  const chart = document.body.appendChild(roofline(marks, peaks, 600));
  const dots = [...chart.querySelectorAll<SVGElement>('[role=img]')];
  expect(dots.map((dot) => dot.getAttribute('aria-label'))).toEqual(marks.map(labelOf));
  expect(dots.map((dot) => dot.tabIndex)).toEqual([0, -1, -1]);
  const box = chart.querySelector<HTMLElement>('.facts')!;
  dots[0].focus();
  expect(box.textContent).toMatch(/^a1\.00 ms ± 10 %.*kernel depthwise\/tile.*tile width 4.*default rule/);
  const press = (key: string): unknown => document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); // prettier-ignore
  press('ArrowRight');
  expect([document.activeElement, box.textContent.slice(0, 1)]).toEqual([dots[1], 'b']);
  press('End');
  expect(document.activeElement).toBe(dots[2]);
  press('Escape');
  expect(box.hidden).toBe(true);
});

test('a bar on a phone: a name, a time, and nothing wider than the screen', () => {
  const chart = document.body.appendChild(ownBars([mark('dw1', '', 1.5, 0.1)], 'ms', 1.5, 360));
  expect(chart.textContent).toContain('dw1');
  expect(chart.textContent).toContain('1.50');
  expect(chart.querySelector('svg')!.getBoundingClientRect().width).toBeLessThanOrEqual(360);
});

test('a run waits while the tab is hidden, and counts that', async () => {
  const gate = visibilityGate();
  const hide = (value: boolean): void => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  await gate.pass();
  hide(true);
  let hasPassed = false;
  const passing = Promise.all([gate.pass(), gate.pass()]).then(() => (hasPassed = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(hasPassed).toBe(false);
  hide(false);
  await passing;
  expect(gate.pauses()).toBe(1);
});
