/** The page that explains kinds of convolution: it shows the numbers of the documents, and the choices change them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explain } from '../../demo/explain/explain';
import { stateOf } from '../../demo/explain/state';
// Without the stylesheets nothing stands where it stands on the page.
import '../../demo/style.css';
import '../../demo/explain/style.css';
import { openGpu, type Gpu } from '../../src/index';

let root: HTMLElement;
let gpu: Gpu | undefined;

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
});

afterEach(() => {
  root.remove();
  gpu?.destroy();
  gpu = undefined;
  document.documentElement.lang = 'en';
});

async function open(): Promise<Gpu> {
  return (gpu = await openGpu());
}

const textsOf = (selector: string): readonly string[] =>
  [...root.querySelectorAll(selector)].map(({ textContent }) => textContent.replaceAll(/\s+/g, ' ').trim());

/** Waits until the GPU's numbers have arrived and the texts are these. */
async function expectTexts(selector: string, expected: readonly string[]): Promise<void> {
  await expect.poll(() => textsOf(selector)).toEqual(expected);
}

/** Moves the slider with that label to one of its choices. */
function slide(label: string, choice: number): void {
  const sliders = [...root.querySelectorAll('.slider')];
  const input = sliders.find(({ textContent }) => textContent.includes(label))!.querySelector('input')!;
  input.value = String(choice);
  input.dispatchEvent(new Event('input'));
}

test('the numbers of the documents', async () => {
  explain(root, open, stateOf('?lang=en', 'zh-CN'));
  // The convolution takes 5 x 5 x 3 to 4 channels with 3 x 3 filters.
  await expectTexts('.weights strong', ['108 weights', '27 weights', '12 weights', '39 weights']);
  await expectTexts('.card[data-kind] .note', [
    'Output 1 x 5 x 5 x 4; each number sums 27 products.',
    'Output 1 x 5 x 5 x 3; each number sums 9 products.',
    'Output 1 x 5 x 5 x 4; each number sums 3 products.',
    'Output 1 x 5 x 5 x 4; each number sums 27 products.',
  ]);
  // The worked example at row 0, column 1: 0, 54, 9 and 27 for the depthwise convolution, 9 and 81 for the ordinary one.
  await expectTexts('[data-term]', ['27 x 0 = 0', '27 x 2 = 54', '9 x 1 = 9', '9 x 3 = 27', '27 x 0 + 9 x 1 = 9', '27 x 2 + 9 x 3 = 81']); // prettier-ignore
  await expectTexts('[data-grouping] [data-sums]', ['6, 6, 6, 6, 22, 22, 22, 22', '12, 12, 12, 12, 16, 16, 16, 16']);
  expect(textsOf('[data-grouping] .by-hand span')).toEqual(['equal', 'equal']);
  await expectTexts('[data-transform] [data-sums]', ['6, 6, 6, 6, 22, 22, 22, 22', '0, 4, 8, 12, 16, 20, 24, 28']);
  expect(textsOf('[data-library]')).toEqual(['6, 6, 6, 6, 22, 22, 22, 22']);
});

test('what says the device does not push the page down when it comes', async () => {
  explain(root, open, stateOf('?lang=en', ''));
  const places = (): readonly number[] =>
    [...root.querySelectorAll('main, main > section:first-of-type .card')].map(
      (part) => part.getBoundingClientRect().top,
    );
  const before = places();
  expect(textsOf('.sum')).toEqual([
    'The separable convolution gives as many output channels with 39 weights instead of 108: 36 %.',
  ]);
  await expect.poll(() => textsOf('header .note')).not.toEqual(['Computed on ….']);
  expect(places()).toEqual(before);
});

test('the other pixels, and what the choices change', async () => {
  explain(root, open, stateOf('', 'en-GB'));
  root.querySelector<HTMLInputElement>('input[name="pixel"]')!.click();
  await expectTexts('[data-term]', ['18 x 0 = 0', '18 x 2 = 36', '9 x 1 = 9', '9 x 3 = 27', '18 x 0 + 9 x 1 = 9', '18 x 2 + 9 x 3 = 63']); // prettier-ignore

  slide('Input channels', 7);
  slide('Filter size', 2);
  root.querySelector<HTMLInputElement>('input[value="valid"]')!.click();
  await expectTexts('.weights strong', ['800 weights', '200 weights', '32 weights', '232 weights']);
  await expectTexts('.card[data-kind="standard"] .note', ['Output 1 x 1 x 1 x 4; each number sums 200 products.']);
  expect(textsOf('.sum')[0]).toContain('29 %');

  slide('Channels of a group', 1);
  slide('Groups', 2);
  await expectTexts('[data-grouping] [data-sums]', ['1, 1, 5, 5, 9, 9', '3, 3, 5, 5, 7, 7']);
  expect(textsOf('[data-grouping="strided"] pre').at(-1)).toContain('[3, 5, 7]');
});

test('the same in Chinese, by the address, the browser or the switch', async () => {
  expect(stateOf('?lang=zh', 'en').language).toBe('zh');
  expect(stateOf('', 'zh-TW').language).toBe('zh');
  expect(stateOf('', 'fr').language).toBe('en');
  const seen: string[] = [];
  explain(root, open, stateOf('', 'en'), ({ language }) => seen.push(language));
  root.querySelector<HTMLAnchorElement>('a[hreflang="zh-CN"]')!.click();
  expect(document.documentElement.lang).toBe('zh-CN');
  expect(document.title).toBe('几种卷积，现场演算');
  expect(seen).toEqual(['en', 'zh']);
  await expectTexts('.weights strong', ['108 个参数', '27 个参数', '12 个参数', '39 个参数']);
  expect(root.textContent).not.toMatch(/[a-z]+ channels/);
});

test('without WebGPU the page says so, and explains all the same', async () => {
  explain(root, () => Promise.reject(new Error('this browser has no WebGPU')), stateOf('', 'en'));
  await expectTexts('[role="alert"]', [
    'The numbers need WebGPU, which this browser does not give: this browser has no WebGPU',
  ]);
  expect(textsOf('.card')).toHaveLength(10);
  expect(textsOf('.weights strong')).toEqual(['108 weights', '27 weights', '12 weights', '39 weights']);
  expect(root.querySelectorAll('.kernel').length).toBeGreaterThan(20);
});
