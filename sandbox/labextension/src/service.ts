/** The bench's two doors on the sandbox server, which passes them on to the service with the token it keeps. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { parseSubmission } from './submission.js';
import type { Submission } from './submission.js';
import { say } from './texts.js';
import type { Language } from './texts.js';

/** Why a request came to nothing, in the reader's language. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string
  ) {
    super(message);
  }

  /** Whether the same request may succeed a moment later. */
  get passing(): boolean {
    return this.code === 'service-away';
  }
}

/** Hand in the saved notebook at `path`; throws `Problem`. */
export function sendNotebook(path: string, key: string, language: Language): Promise<Submission> {
  const init = { method: 'POST', body: JSON.stringify({ path, key, lang: language }) };
  return ask('civiclab/submit', init, language);
}

/** The submission `id` as it stands now; throws `Problem`. */
export function readSubmission(id: string, language: Language): Promise<Submission> {
  const door = `civiclab/submissions/${encodeURIComponent(id)}?lang=${language}`;
  return ask(door, { method: 'GET', cache: 'no-store' }, language);
}

async function ask(door: string, init: RequestInit, language: Language): Promise<Submission> {
  const settings = ServerConnection.makeSettings();
  const [status, answer] = await fetchJson(URLExt.join(settings.baseUrl, door), init, settings, language);
  const submission = status < 300 ? parseSubmission(answer) : null;
  if (!submission) {
    throw problemIn(status, answer, language);
  }
  return submission;
}

async function fetchJson(
  url: string,
  init: RequestInit,
  settings: ServerConnection.ISettings,
  language: Language
): Promise<[number, unknown]> {
  try {
    const response = await ServerConnection.makeRequest(url, init, settings);
    return [response.status, await response.json().catch(() => null)];
  } catch {
    throw new Problem('service-away', say(language, 'away'));
  }
}

function problemIn(status: number, answer: unknown, language: Language): Problem {
  const error = (answer as { error?: { code?: unknown; message?: unknown } } | null)?.error;
  if (typeof error?.code === 'string' && typeof error.message === 'string') {
    return new Problem(error.code, error.message);
  }
  if (status === 401 || status === 403) {
    return new Problem('signed-out', say(language, 'signedOut'));
  }
  return status >= 502
    ? new Problem('service-away', say(language, 'away'))
    : new Problem('unclear', say(language, 'unclear'));
}
