/** Three questions with two answers each. */
import { html, type TemplateResult } from 'lit-html';
import type { Choice } from '../choice';

type Key = 'task' | 'source' | 'engine';

interface Question {
  readonly key: Key;
  readonly title: string;
  readonly answers: readonly (readonly [value: string, label: string])[];
}

const QUESTIONS: readonly Question[] = [
  { key: 'task', title: 'Find', answers: [['faces', 'Faces'], ['pose', 'Pose']] }, // prettier-ignore
  { key: 'source', title: 'In', answers: [['photo', 'Photo'], ['webcam', 'Webcam']] }, // prettier-ignore
  { key: 'engine', title: 'By', answers: [['depthwise', 'depthwise'], ['tfjs', 'TensorFlow.js']] }, // prettier-ignore
];

export function controls(choice: Choice, choose: (change: Partial<Choice>) => void): TemplateResult {
  return html`${QUESTIONS.map(
    ({ key, title, answers }) => html`
      <fieldset>
        <legend>${title}</legend>
        ${answers.map(
          ([value, label]) => html`
            <label>
              <input
                type="radio"
                name=${key}
                value=${value}
                .checked=${choice[key] === value}
                @change=${() => choose({ [key]: value })}
              />
              <span>${label}</span>
            </label>
          `,
        )}
      </fieldset>
    `,
  )}`;
}
