/** The desk: takes a notebook in and follows it until its results are there. */
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { Announcer } from './announcer.js';
import { freshKey } from './key.js';
import type { ResultsPanel, View } from './panel.js';
import { Problem, readSubmission, sendNotebook } from './service.js';
import { announcement, isSettled, pauseBefore } from './submission.js';
import type { Submission } from './submission.js';
import type { SubmitButton } from './submitbutton.js';
import { say } from './texts.js';
import type { Language } from './texts.js';

/** After this many looks (about a minute) the learner is told that they need not wait. */
const LOOKS = 34;

/** A request that failed in passing is tried this often in all, under the same key. */
const TRIES = 3;

/** Handing in and following one notebook. */
export class Desk {
  #busy = false;

  constructor(
    private readonly notebook: NotebookPanel,
    private readonly button: SubmitButton,
    private readonly results: ResultsPanel,
    private readonly announcer: Announcer,
    private readonly reveal: () => void
  ) {}

  /** Save, submit and show the results. Does nothing while a submission is under way. */
  async submit(): Promise<void> {
    await this.#whileBusy(async () => {
      if (await this.#save()) {
        this.#working('sending');
        const submission = await this.#send();
        if (submission) {
          await this.#follow(submission);
        }
      }
    });
  }

  get #language(): Language {
    return this.button.language;
  }

  async #whileBusy(work: () => Promise<void>): Promise<void> {
    if (this.#busy) {
      return;
    }
    this.#busy = this.button.busy = true;
    this.results.onLeave = () => this.notebook.content.activate();
    try {
      await work();
    } finally {
      this.#busy = this.button.busy = false;
    }
  }

  async #save(): Promise<boolean> {
    this.#working('saving');
    this.reveal();
    try {
      await this.notebook.context.save();
    } catch {
      this.#problem('problemTitle', say(this.#language, 'saveFailed'));
      return false;
    }
    return true;
  }

  async #send(): Promise<Submission | null> {
    const key = freshKey();
    const path = this.notebook.context.localPath;
    try {
      return await patiently(() => sendNotebook(path, key, this.#language));
    } catch (problem) {
      this.#problem('problemTitle', messageOf(problem, this.#language));
      return null;
    }
  }

  async #follow(submission: Submission): Promise<void> {
    this.#working('grading');
    try {
      const latest = await settle(submission, this.#language);
      isSettled(latest) ? this.#finish(latest) : this.#slow(latest);
    } catch (problem) {
      const press = (): void => void this.#whileBusy(() => this.#follow(submission));
      this.#problem('pollProblemTitle', messageOf(problem, this.#language), { label: 'checkAgain', press });
    }
  }

  #finish(submission: Submission): void {
    this.#display({ kind: 'results', submission }, announcement(submission, this.#language));
  }

  #slow(submission: Submission): void {
    const press = (): void => void this.#whileBusy(() => this.#follow(submission));
    this.#display({ kind: 'slow', action: { label: 'checkAgain', press } }, say(this.#language, 'slow'));
  }

  #problem(
    title: 'problemTitle' | 'pollProblemTitle',
    message: string,
    action: { label: 'checkAgain' | 'submitAgain'; press: () => void } = {
      label: 'submitAgain',
      press: () => void this.submit()
    }
  ): void {
    this.#display({ kind: 'problem', title, message, action }, `${say(this.#language, title)}. ${message}`);
  }

  #working(stage: 'saving' | 'sending' | 'grading'): void {
    this.results.display({ kind: 'working', stage }, this.#language);
    this.announcer.say(say(this.#language, stage), this.#language);
  }

  #display(view: View, spoken: string): void {
    // Whoever waits at the button or in the panel is taken to the results; whoever types on is left alone.
    const waiting = this.button.focused || this.results.node.contains(document.activeElement);
    this.results.display(view, this.#language);
    this.announcer.say(spoken, this.#language);
    if (waiting || document.activeElement === document.body) {
      this.results.focusHeading();
    }
  }
}

/** Look at `submission` until it is settled, or until `LOOKS` are used up; the last state seen. */
async function settle(submission: Submission, language: Language): Promise<Submission> {
  let latest = submission;
  for (let look = 0; look < LOOKS && !isSettled(latest); look++) {
    await pause(pauseBefore(look));
    latest = await patiently(() => readSubmission(submission.id, language));
  }
  return latest;
}

/** `request`, repeated a few times when it fails in passing. */
async function patiently<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (problem) {
      if (attempt >= TRIES || !(problem instanceof Problem && problem.passing)) {
        throw problem;
      }
      await pause(500 * attempt);
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

function messageOf(problem: unknown, language: Language): string {
  return problem instanceof Problem ? problem.message : say(language, 'unclear');
}
