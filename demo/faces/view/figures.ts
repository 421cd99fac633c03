/** How fast it is: the current library in large type, and both libraries in a table. */
import { html, type TemplateResult } from 'lit-html';
import { classMap } from 'lit-html/directives/class-map.js';
import { figures as digits } from '../../columns';
import type { EngineName } from '../engines/engine';
import type { State } from '../state';
import { tasks } from '../tasks';

const NAMES: Readonly<Record<EngineName, string>> = { depthwise: 'depthwise', tfjs: 'TensorFlow.js' };

/** Figures that are not known yet already take up their space. */
const NONE = '–';

export function figures({ choice, figures: all }: State): TemplateResult {
  const speed = all[choice.engine]?.speed;
  return html`
    <dl class="large">
      <div>
        <dt>ms per frame</dt>
        <dd>${digits(speed?.ms) || NONE}</dd>
      </div>
      <div>
        <dt>frames a second</dt>
        <dd>${digits(speed?.fps) || NONE}</dd>
      </div>
    </dl>
    <table class="engines">
      <thead>
        <tr>
          <th scope="col">${tasks[choice.task].title}</th>
          <th scope="col" class="numeric">load, ms</th>
          <th scope="col" class="numeric">frame, ms</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(NAMES).map(([engine, name]) => {
          const found = all[engine as EngineName];
          return html`
            <tr class=${classMap({ present: engine === choice.engine })}>
              <th scope="row">${name}</th>
              <td class="numeric">${found?.loadMs === undefined ? NONE : Math.round(found.loadMs)}</td>
              <td class="numeric">${digits(found?.speed?.ms) || NONE}</td>
            </tr>
          `;
        })}
      </tbody>
    </table>
    <p class="note">
      A frame is cut out, uploaded, run and read back; the figure is the median of up to 30. Loading is fetching and
      compiling. ${tasks[choice.task].models.map(({ name }) => name).join(', then ')}, from
      <a href="https://github.com/vladmandic/human">@vladmandic/human</a>.
    </p>
  `;
}
