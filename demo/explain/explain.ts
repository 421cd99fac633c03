/** Runs the page: it draws a choice at once, and its numbers as soon as the GPU gives them. */
import { render } from 'lit-html';
import type { Gpu } from '../../src/index';
import { groupings, kinds, transforms, worked, type Groups, type Kinds, type Transforms, type Worked } from './numbers';
import type { State } from './state';
import { texts } from './texts/texts';
import { page } from './view/page';

/** What the GPU has given so far. */
export interface Found {
  /** The adapter's name. */
  readonly gpu?: string;
  /** Why there are no numbers. */
  readonly problem?: string;
  readonly kinds?: Kinds;
  readonly worked?: Worked;
  readonly groups?: Groups;
  readonly transforms?: Transforms;
}

/**
 * Shows the page.
 *
 * @param changed told of each state
 */
export function explain(
  root: HTMLElement,
  open: () => Promise<Gpu>,
  first: State,
  changed: (state: State) => void = () => {},
): void {
  let state = first;
  let found: Found = {};
  const opening = open();

  const draw = (): void => void render(page(state, found, set), root);
  const take = (more: Found): void => {
    found = { ...found, ...more };
    draw();
  };
  const fail = (error: Error): void => take({ problem: error.message });

  /** Computes the numbers of the choice, and drops them if the visitor has chosen something else meanwhile. */
  async function computeChosen(): Promise<void> {
    const asked = state;
    const gpu = await opening;
    const [ofKinds, ofGroups] = await Promise.all([kinds(gpu, asked), groupings(gpu, asked)]);
    if (asked === state) take({ kinds: ofKinds, groups: ofGroups });
  }

  /** Numbers that no choice changes. */
  async function computeOnce(): Promise<void> {
    const gpu = await opening;
    const { vendor, architecture, description } = gpu.device.adapterInfo;
    const name = description || [vendor, architecture].filter(Boolean).join(' ');
    take({ gpu: name, worked: await worked(gpu), transforms: await transforms(gpu) });
  }

  function set(change: Partial<State>): void {
    state = { ...state, ...change };
    document.documentElement.lang = texts[state.language].lang;
    document.title = texts[state.language].title;
    changed(state);
    draw();
    computeChosen().catch(fail);
  }

  set({});
  computeOnce().catch(fail);
}
