/** Says things to screen readers without moving the keyboard. */

import { element } from './elements.js';

/** One polite live region for the window. It stays in the page: a region that has just appeared is not read. */
export class Announcer {
  readonly #node = element('div', 'unseen');

  constructor() {
    this.#node.setAttribute('aria-live', 'polite');
    this.#node.setAttribute('role', 'status');
    document.body.append(this.#node);
  }

  /** Say `text`, in `language`. */
  say(text: string, language: string): void {
    this.#node.lang = language;
    this.#node.textContent = text;
  }
}
