/** The side panel: what is happening to a submission, then its results. */
import { Widget } from '@lumino/widgets';

import { button, element } from './elements.js';
import { resultsOf } from './resultsview.js';
import type { Submission } from './submission.js';
import { say } from './texts.js';
import type { Language, TextName } from './texts.js';

/** Something the learner can do from the panel. */
export interface Action {
  readonly label: TextName;
  readonly press: () => void;
}

/** What the panel shows. */
export type View =
  | { readonly kind: 'working'; readonly stage: TextName }
  | { readonly kind: 'results'; readonly submission: Submission }
  | { readonly kind: 'slow'; readonly action: Action }
  | { readonly kind: 'problem'; readonly title: TextName; readonly message: string; readonly action: Action };

/** The side panel of one JupyterLab window; it shows the submission made last. */
export class ResultsPanel extends Widget {
  /** Called when the learner wants back to the notebook. */
  onLeave: () => void = () => undefined;

  constructor() {
    super();
    this.id = 'civiclab-results';
    this.addClass('civiclab-panel');
    this.node.setAttribute('role', 'region');
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.onLeave();
      }
    });
  }

  /** Show `view` in `language`. */
  display(view: View, language: Language): void {
    const title = say(language, 'panelTitle');
    this.title.label = title;
    this.title.caption = title;
    this.node.lang = language;
    this.node.setAttribute('aria-label', title);
    this.node.setAttribute('aria-busy', String(view.kind === 'working'));
    this.node.replaceChildren(this.#heading(view, language), ...bodyOf(view, language), this.#back(language));
  }

  /** Move the keyboard to the heading, from where a screen reader reads on. */
  focusHeading(): void {
    this.node.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
    this.node.scrollTop = 0;
  }

  #heading(view: View, language: Language): HTMLElement {
    const heading = element('h2', 'heading', say(language, view.kind === 'problem' ? view.title : 'panelTitle'));
    heading.tabIndex = -1;
    return heading;
  }

  #back(language: Language): HTMLElement {
    return button('back', say(language, 'back'), () => this.onLeave());
  }
}

function bodyOf(view: View, language: Language): HTMLElement[] {
  switch (view.kind) {
    case 'working':
      return [element('p', 'working', element('span', 'spinner'), say(language, view.stage))];
    case 'slow':
      return [element('p', 'summary', say(language, 'slow')), actionButton(view.action, language)];
    case 'problem':
      return [element('p', 'summary', view.message), actionButton(view.action, language)];
    case 'results':
      return [attemptLine(view.submission, language), resultsOf(view.submission, language)];
  }
}

function attemptLine(submission: Submission, language: Language): HTMLElement {
  const { exercise, attempt } = submission;
  return element('p', 'attempt', say(language, 'attempt', { exercise, number: attempt }));
}

function actionButton(action: Action, language: Language): HTMLElement {
  return button('action', say(language, action.label), action.press);
}
