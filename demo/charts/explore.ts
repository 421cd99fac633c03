/**
 * Shows what a mark of a chart is when a pointer is near, when a finger taps it, and when the arrow keys reach it. Tab stops at a
 * chart once, however many marks it has.
 */
import { html, render } from 'lit-html';
import type { Mark } from '../result/marks';
import { factsOf, labelOf, titleOf } from './facts';

/** How near a pointer must be, in pixels. */
const NEAR = 28;

/** @param svg a chart in which every mark has its `labelOf` as `aria-label` */
export function explorable(svg: Element, marks: readonly Mark[], name: string): HTMLElement {
  const box = document.createElement('div');
  box.className = 'facts';
  box.hidden = true;
  const frame = document.createElement('div');
  frame.className = 'plot';
  frame.append(svg, box);
  svg.setAttribute('role', 'group');
  svg.setAttribute('aria-label', name);

  // Plot gives its groups names such as "dot", which mean nothing to a screen reader.
  for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  const byLabel = new Map(marks.map((mark) => [labelOf(mark), mark]));
  const elements = [...svg.querySelectorAll<SVGElement>('[aria-label]')].filter((element) =>
    byLabel.has(element.getAttribute('aria-label') ?? ''),
  );
  for (const [i, element] of elements.entries()) {
    element.setAttribute('role', 'img');
    element.setAttribute('tabindex', i === 0 ? '0' : '-1');
  }

  let told: SVGElement | undefined;
  const tell = (element: SVGElement | undefined): void => {
    if (element === told) return;
    told?.classList.remove('told');
    told = element;
    box.hidden = element === undefined;
    if (element === undefined) return;
    element.classList.add('told');
    const mark = byLabel.get(element.getAttribute('aria-label') ?? '')!;
    render(html`<strong>${titleOf(mark)}</strong>${factsOf(mark).map((fact) => html`<p>${fact}</p>`)}`, box);
    place(box, frame, element);
  };

  const near = (event: PointerEvent): void => tell(nearest(elements, event));
  frame.addEventListener('pointermove', near);
  frame.addEventListener('pointerdown', near);
  frame.addEventListener('pointerleave', ({ pointerType }) => {
    // A finger leaves when it is lifted, but the box must stay open so that it can be read.
    if (pointerType === 'mouse') tell(undefined);
  });
  frame.addEventListener('focusin', ({ target }) => tell(target as SVGElement));
  frame.addEventListener('focusout', () => tell(undefined));
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return tell(undefined);
    const step = STEPS[event.key];
    const from = elements.indexOf(document.activeElement as SVGElement);
    if (step === undefined || from < 0) return;
    event.preventDefault();
    const to = elements[Math.min(Math.max(from + step, 0), elements.length - 1)];
    elements[from].setAttribute('tabindex', '-1');
    to.setAttribute('tabindex', '0');
    to.focus();
  });
  return frame;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity,
};

function nearest(elements: readonly SVGElement[], { clientX, clientY }: PointerEvent): SVGElement | undefined {
  let [best, least]: [SVGElement | undefined, number] = [undefined, NEAR];
  for (const element of elements) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const distance = Math.hypot(
      Math.max(left - clientX, 0, clientX - right),
      Math.max(top - clientY, 0, clientY - bottom),
    );
    if (distance < least) [best, least] = [element, distance];
  }
  return best;
}

/** Puts the box below the mark, and keeps it within the frame. */
function place(box: HTMLElement, frame: HTMLElement, element: Element): void {
  const outer = frame.getBoundingClientRect();
  const { left, bottom } = element.getBoundingClientRect();
  const most = Math.max(0, outer.width - box.offsetWidth);
  box.style.left = `${Math.min(Math.max(left - outer.left, 0), most)}px`;
  box.style.top = `${bottom - outer.top + 8}px`;
}
