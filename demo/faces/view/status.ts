/** What the page is doing, and how far it is. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import type { State } from '../state';

export function status({ status: words, progress }: State): TemplateResult {
  return html`
    <span>${words}</span>
    ${
      progress === undefined
        ? nothing
        : html`<progress
            aria-label=${words}
            max="1"
            value=${ifDefined(progress === 'unknown' ? undefined : progress)}
          ></progress>`
    }
  `;
}
