/** The Submit button in an exercise notebook's toolbar. */
import { Widget } from '@lumino/widgets';

import { button } from './elements.js';
import { say } from './texts.js';
import type { Language } from './texts.js';

/** Shows whether a submission is under way; pressing it then does nothing. */
export class SubmitButton extends Widget {
  readonly #press: HTMLButtonElement;

  constructor(
    readonly language: Language,
    keys: string,
    onPress: () => void
  ) {
    const press = button('submit', say(language, 'submit'), onPress);
    const node = document.createElement('div');
    node.append(press);
    super({ node });
    this.#press = press;
    this.addClass('civiclab-submit-item');
    press.lang = language;
    press.title = say(language, 'submitHint', { keys });
  }

  /** Whether the keyboard is on the button. */
  get focused(): boolean {
    return document.activeElement === this.#press;
  }

  /** Show that a submission is under way, or no longer. */
  set busy(busy: boolean) {
    // Not `disabled`: that would throw the keyboard off the button.
    this.#press.setAttribute('aria-disabled', String(busy));
    this.#press.textContent = say(this.language, busy ? 'submitting' : 'submit');
  }
}
