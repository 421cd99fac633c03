/** The choice of what to measure, and the one button that begins it. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { PageState } from '../page/state';
import { PRESETS, presetOf, type Asked } from '../start/presets';
import { durationText } from './duration';

export interface ControlsEvents {
  readonly onAsk: (asked: Asked) => void;
  readonly onMeasure: () => void;
  readonly onStop: () => void;
}

export function controlsView(state: PageState, { onAsk, onMeasure, onStop }: ControlsEvents): TemplateResult {
  const { asked, running, device, problems } = state;
  const preset = presetOf(asked);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (running === undefined) onMeasure();
    else onStop();
  };
  return html`
    <form @submit=${submit} aria-label="What to measure">
      <fieldset class="presets" ?disabled=${running !== undefined}>
        <legend>Measure</legend>
        ${PRESETS.map(
          (each) => html`
            <label>
              <input
                type="radio"
                name="preset"
                .checked=${each === preset}
                @change=${() => onAsk(each)}
                aria-describedby="preset-help"
              />
              <span>${each.name}</span>
            </label>
          `,
        )}
      </fieldset>
      <p id="preset-help" class="note">${preset?.help ?? 'What is asked for under Advanced'}.</p>
      <details class="advanced" ?open=${preset === undefined}>
        <summary>Advanced</summary>
        <label class="filter">
          Layers, networks and models whose name matches
          <input
            name="filter"
            type="search"
            placeholder="all; or a regular expression, such as dw|dilation|network"
            spellcheck="false"
            autocomplete="off"
            .value=${asked.filter}
            ?disabled=${running !== undefined}
            @change=${(event: Event) => onAsk({ ...asked, filter: (event.target as HTMLInputElement).value })}
          />
        </label>
        ${checkbox('quick', 'Fewer layers, in fewer rounds', state, onAsk)}
        ${checkbox('peers', 'Beside other libraries', state, onAsk)}
      </details>
      <div class="go">
        <button type="submit" class="main" ?disabled=${device.state !== 'ready'}>${buttonText(state)}</button>
        <p class="problem" role="alert">${problems.controls ?? nothing}</p>
      </div>
    </form>
  `;
}

function checkbox(
  name: 'quick' | 'peers',
  label: string,
  { asked, running }: PageState,
  onAsk: ControlsEvents['onAsk'],
): TemplateResult {
  return html`
    <label class="check">
      <input
        name=${name}
        type="checkbox"
        .checked=${asked[name]}
        ?disabled=${running !== undefined}
        @change=${(event: Event) => onAsk({ ...asked, [name]: (event.target as HTMLInputElement).checked })}
      />
      ${label}
    </label>
  `;
}

function buttonText({ running, seconds, device }: PageState): string {
  if (running !== undefined) return running.isStopping ? 'Stopping …' : 'Stop';
  const what = device.state === 'ready' && device.isFallback ? 'Measure this adapter' : 'Measure this GPU';
  return seconds === undefined ? what : `${what}, about ${durationText(seconds)}`;
}
