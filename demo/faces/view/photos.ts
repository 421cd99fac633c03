/** Which photograph: a file, or one of the samples. */
import { html, type TemplateResult } from 'lit-html';
import type { Choice } from '../choice';
import { samples } from '../photos';

export function photos({ photo, source }: Choice, choose: (photo: string | File) => void): TemplateResult {
  const pick = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) choose(file);
    // The same file may be chosen again.
    input.value = '';
  };
  return html`
    <ul class="photos">
      <li>
        <label class="file">
          <input type="file" accept="image/*" @change=${pick} />
          <span>Your photo<small>or drop it above</small></span>
        </label>
      </li>
      ${samples.map(
        ({ name, url }) => html`
          <li>
            <button
              type="button"
              aria-label=${name}
              aria-pressed=${source === 'photo' && photo === url}
              @click=${() => choose(url)}
            >
              <img src=${url} alt="" width="96" height="72" />
            </button>
          </li>
        `,
      )}
    </ul>
  `;
}
