/** The whole page. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Found } from '../explain';
import type { State } from '../state';
import { LANGUAGES, texts, type Language } from '../texts/texts';
import { groupsSection } from './groups';
import { kindsSection } from './kinds';
import { transformsSection } from './transforms';
import { workedSection } from './worked';

export function page(state: State, found: Found, set: (change: Partial<State>) => void): TemplateResult {
  const words = texts[state.language];
  return html`
    <header>
      <nav class="places" aria-label=${words.pages}>
        <a href="../">${words.benchmark}</a>
        <a href="../faces/">${words.faces}</a>
        <a href="../docs/">${words.documentation}</a>
        <span class="languages" role="group" aria-label=${words.languages}>
          ${LANGUAGES.map((language) => languageLink(language, state.language, set))}
        </span>
      </nav>
      <h1>${words.title}</h1>
      <p>${words.intro}</p>
      ${found.problem === undefined ? html`<p class="note">${words.computedOn(found.gpu ?? '…')}</p>` : html`<p class="error" role="alert">${words.noGpu} ${found.problem}</p>`}
    </header>
    <main>
      ${kindsSection(words, state, found.kinds, set)} ${workedSection(words, state, found.worked, set)}
      ${groupsSection(words, state, found.groups, set)} ${transformsSection(words, found.transforms)}
    </main>
  `;
}

function languageLink(language: Language, current: Language, set: (change: Partial<State>) => void): TemplateResult {
  const { name, lang } = texts[language];
  const choose = (event: Event): void => {
    event.preventDefault();
    set({ language });
  };
  return html`<a
    href=${`?lang=${language}`}
    lang=${lang}
    hreflang=${lang}
    aria-current=${language === current ? 'true' : nothing}
    @click=${choose}
    >${name}</a
  >`;
}
