/** `@civiclab/bench`: the Submit button and the results panel of civiclab's exercise notebooks. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';

import { Announcer } from './announcer.js';
import { Desk } from './desk.js';
import { ResultsPanel } from './panel.js';
import { SubmitButton } from './submitbutton.js';
import { asLanguage, say } from './texts.js';
import type { Language } from './texts.js';

const COMMAND = 'civiclab:submit';
const KEYS = ['Accel Alt Enter'];

/** The desks of the open exercise notebooks. */
type Desks = Map<NotebookPanel, Desk>;

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@civiclab/bench:plugin',
  description: 'Submit button and results panel for exercise notebooks.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) => {
    const desks: Desks = new Map();
    const seat = seater(app, desks);
    tracker.widgetAdded.connect((_, notebook) => void seat(notebook));
    tracker.forEach(notebook => void seat(notebook));
    addCommand(app, tracker, desks);
  }
};

export default plugin;

/** A function that gives an exercise notebook its button and desk, and leaves any other notebook alone. */
function seater(app: JupyterFrontEnd, desks: Desks): (notebook: NotebookPanel) => Promise<void> {
  const results = new ResultsPanel();
  const announcer = new Announcer();
  const reveal = (): void => {
    if (!results.isAttached) {
      app.shell.add(results, 'right', { rank: 900, type: 'civiclab' });
    }
    app.shell.activateById(results.id);
  };
  return async notebook => {
    await notebook.context.ready;
    const language = languageOf(notebook);
    if (!language || notebook.isDisposed || desks.has(notebook)) {
      return;
    }
    const press = (): void => void desks.get(notebook)?.submit();
    const button = new SubmitButton(language, CommandRegistry.formatKeystroke(KEYS), press);
    notebook.toolbar.insertItem(0, 'civiclab-submit', button);
    desks.set(notebook, new Desk(notebook, button, results, announcer, reveal));
    notebook.disposed.connect(() => desks.delete(notebook));
  };
}

/** The language of an exercise notebook; null for any other notebook. */
function languageOf(notebook: NotebookPanel): Language | null {
  const bench: unknown = notebook.context.model.getMetadata('civiclab');
  return bench && typeof bench === 'object' ? asLanguage((bench as { language?: unknown }).language) : null;
}

function addCommand(app: JupyterFrontEnd, tracker: INotebookTracker, desks: Desks): void {
  const current = (): Desk | undefined =>
    tracker.currentWidget ? desks.get(tracker.currentWidget) : undefined;
  const language = asLanguage(document.documentElement.lang.slice(0, 2) || 'ko');
  app.commands.addCommand(COMMAND, {
    label: say(language, 'submit'),
    isEnabled: () => current() !== undefined,
    execute: () => current()?.submit()
  });
  app.commands.addKeyBinding({ command: COMMAND, keys: KEYS, selector: '.jp-NotebookPanel' });
}
