/** The visitor's controls: sliders over a few whole numbers, and choices of one among several. */
import { html, type TemplateResult } from 'lit-html';

export function slider(
  label: string,
  choices: readonly number[],
  value: number,
  choose: (value: number) => void,
): TemplateResult {
  const pick = ({ target }: Event): void => choose(choices[Number((target as HTMLInputElement).value)]);
  return html`
    <label class="slider">
      <span>${label}</span>
      <input
        type="range"
        min="0"
        max=${choices.length - 1}
        .value=${String(choices.indexOf(value))}
        aria-valuetext=${value}
        @input=${pick}
      />
      <output>${value}</output>
    </label>
  `;
}

export function choice<T extends string>(
  label: string,
  name: string,
  choices: readonly { readonly value: T; readonly text: string }[],
  value: T,
  choose: (value: T) => void,
): TemplateResult {
  return html`
    <fieldset class="choice">
      <legend>${label}</legend>
      ${choices.map(
        (each) => html`
          <label>
            <input
              type="radio"
              name=${name}
              value=${each.value}
              .checked=${each.value === value}
              @change=${() => choose(each.value)}
            />
            ${each.text}
          </label>
        `,
      )}
    </fieldset>
  `;
}
