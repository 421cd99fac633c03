/** All available results: this browser's, opened files and those of the repository, to look at and to compare. */
import { html, nothing, type TemplateResult } from 'lit-html';
import { figures, share } from '../columns';
import type { PageState, ShelfItem } from '../page/state';
import type { Report } from '../report';
import { headlineOf } from '../result/headline';
import { counted } from './counted';
import { dayText } from './day';

export interface ShelfEvents {
  readonly onShow: (item: ShelfItem) => void;
  readonly onForget: (item: ShelfItem) => void;
  readonly onChoose: (id: string, isChosen: boolean) => void;
  readonly onFiles: (files: readonly File[]) => void;
}

export function shelfView({ shelf, shown, chosen, problems }: PageState, events: ShelfEvents): TemplateResult {
  const pick = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    events.onFiles([...(input.files ?? [])]);
    // The same file may be chosen again.
    input.value = '';
  };
  return html`
    <h2>Results by device</h2>
    <p class="note">
      Those of this browser stay in it. Choose two or more to compare them; drop a result's JSON file on the page, or
      <label class="open">open one<input type="file" accept=".json,application/json" multiple @change=${pick} /></label
      >.
    </p>
    <p class="problem" role="alert">${problems.shelf ?? nothing}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of results">
      <table class="shelf">
        <thead>
          <tr>
            <th scope="col">compare</th>
            <th scope="col">device</th>
            <th scope="col">browser</th>
            <th scope="col">measured</th>
            <th scope="col">what</th>
            <th scope="col" class="numeric">of its roof</th>
            <th scope="col" class="numeric">MobileNetV2 ms</th>
            <th scope="col" class="numeric">exact</th>
            <th scope="col">from</th>
            <th scope="col"><span class="unseen">what to do</span></th>
          </tr>
        </thead>
        <tbody>
          ${shelf.map((item) => itemRow(item, item === shown, chosen.includes(item.id), events))}
        </tbody>
      </table>
    </div>
  `;
}

function itemRow(item: ShelfItem, isShown: boolean, isChosen: boolean, events: ShelfEvents): TemplateResult {
  const { report, id, from } = item;
  const { share: roof, mobileNetV2Ms, exact } = headlineOf(report);
  const name = nameOf(item);
  return html`
    <tr class=${isShown ? 'shown' : ''}>
      <td data-title="compare">
        <input
          type="checkbox"
          aria-label="Compare ${name}"
          .checked=${isChosen}
          @change=${(event: Event) => events.onChoose(id, (event.target as HTMLInputElement).checked)}
        />
      </td>
      <td data-title="device">${report.environment?.adapter ?? 'unknown'}</td>
      <td data-title="browser">${report.environment?.browser ?? 'unknown'}</td>
      <td data-title="measured">${report.environment === undefined ? '–' : dayText(report.environment.date)}</td>
      <td data-title="what">${contentsOf(report)}</td>
      <td data-title="of its roof" class="numeric">${share(roof?.value) ?? '–'}</td>
      <td data-title="MobileNetV2 ms" class="numeric">${figures(mobileNetV2Ms) ?? '–'}</td>
      <td data-title="exact" class="numeric">${exact.right} of ${exact.of}</td>
      <td data-title="from">${from}</td>
      <td data-title="">
        <button type="button" aria-label="Show ${name}" @click=${() => events.onShow(item)}>Show</button>
        ${
          from === 'the repository'
            ? nothing
            : html`<button type="button" aria-label="Remove ${name}" @click=${() => events.onForget(item)}>
                Remove
              </button>`
        }
      </td>
    </tr>
  `;
}

/** `25 layers, 2 networks, beside 5 libraries` */
function contentsOf({ rows, peers, networks, models }: Report): string {
  const layers = new Set(rows.map(({ layer }) => layer)).size + (peers?.layers.length ?? 0);
  const others = peers?.loads.filter(({ name, error, absent }) => name !== 'ours' && error === undefined && absent === undefined); // prettier-ignore
  return [
    ...(
      [
        [layers, 'layer'],
        [networks.length, 'network'],
        [models.length, 'model'],
      ] as const
    )
      .filter(([n]) => n > 0)
      .map(([n, noun]) => counted(n, noun)),
    ...(others === undefined ? [] : [`beside ${others.length} libraries`]),
  ].join(', ');
}

/** A text that distinguishes a result from the others. */
export function nameOf({ report, from }: ShelfItem): string {
  const { adapter = 'unknown device', date } = report.environment ?? {};
  return `${adapter}, ${date === undefined ? from : new Date(date).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}`;
}
