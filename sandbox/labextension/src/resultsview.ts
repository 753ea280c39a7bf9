/** Draws a submission's results. */
import { decoration, element, link } from './elements.js';
import { clauseName, outcomeText, plain, scoreText, toneOf } from './submission.js';
import type { Submission, Tone, Verdict, Written } from './submission.js';
import { say } from './texts.js';
import type { Language, TextName } from './texts.js';

/** The signs beside the words; never the only thing that tells. */
const SIGNS: Readonly<Record<Tone | 'waiting', string>> = {
  good: '✓',
  again: '↻',
  untried: '–',
  ours: '!',
  waiting: '…'
};

/** All of a settled submission: summary, score, checks, written answers, the way to its page. */
export function resultsOf(submission: Submission, language: Language): HTMLElement {
  const view = element('div', 'results', ...overview(submission, language));
  if (submission.state === 'published') {
    view.append(...checksOf(submission, language), ...writtenOf(submission, language));
  }
  if (submission.page) {
    const label = say(language, 'fullPage');
    view.append(element('p', 'page', link(submission.page, label, say(language, 'newTab'))));
  }
  return view;
}

function overview(submission: Submission, language: Language): HTMLElement[] {
  if (submission.state === 'parked') {
    return [element('p', 'summary', submission.summary || say(language, 'parked'))];
  }
  const summary = element('p', 'summary', submission.summary);
  // The sentence says so itself; here it only gets its weight.
  summary.dataset['mastered'] = String(submission.mastered);
  const parts = [summary, scoreOf(submission, language)];
  if (submission.waiting) {
    parts.push(element('p', 'note', say(language, 'scoreWaiting')));
  }
  return parts;
}

function scoreOf(submission: Submission, language: Language): HTMLElement {
  const text = scoreText(submission, language);
  if (!text) {
    return element('div', 'score');
  }
  const share = submission.maxScore ? (submission.score ?? 0) / submission.maxScore : 0;
  const bar = decoration(element('div', 'bar', element('div', 'bar-filled')));
  (bar.firstElementChild as HTMLElement).style.width = `${Math.round(100 * Math.min(1, Math.max(0, share)))}%`;
  return element('div', 'score', element('p', 'score-text', text), bar);
}

function checksOf(submission: Submission, language: Language): HTMLElement[] {
  return section('checks', submission.verdicts, language, verdict => verdictItem(verdict, language));
}

function writtenOf(submission: Submission, language: Language): HTMLElement[] {
  return section('written', submission.written, language, written => writtenItem(written, language));
}

function section<T>(
  title: TextName,
  things: readonly T[],
  language: Language,
  item: (thing: T) => HTMLElement
): HTMLElement[] {
  if (things.length === 0) {
    return [];
  }
  const list = element('ul', 'list', ...things.map(item));
  // Safari's VoiceOver forgets that a list without bullets is one.
  list.setAttribute('role', 'list');
  return [element('h3', 'section', say(language, title)), list];
}

function verdictItem(verdict: Verdict, language: Language): HTMLElement {
  const { points, maxPoints, clause, message } = verdict;
  const tone = toneOf(verdict.outcome);
  const worth =
    tone === 'ours'
      ? say(language, 'maxPoints', { max: plain(maxPoints) })
      : say(language, 'points', { points: plain(points), max: plain(maxPoints) });
  return item(
    tone,
    outcomeText(verdict, language),
    verdict.title,
    worth,
    message ? element('p', 'message', message) : null,
    clause
      ? element(
          'p',
          'clause',
          link(clause.url, say(language, 'clause', { clause: clauseName(clause) }), say(language, 'newTab'))
        )
      : null
  );
}

function writtenItem(written: Written, language: Language): HTMLElement {
  const worth =
    written.state === 'graded' && written.points !== null
      ? say(language, 'points', { points: plain(written.points), max: plain(written.maxPoints) })
      : say(language, 'maxPoints', { max: plain(written.maxPoints) });
  const comment = written.comment ? element('p', 'message', written.comment) : null;
  switch (written.state) {
    case 'graded':
      return item('good', say(language, 'writtenGraded'), written.title, worth, comment);
    case 'empty':
      return item('untried', say(language, 'writtenEmpty'), written.title, worth);
    default:
      return item('waiting', say(language, 'writtenWaiting'), written.title, worth);
  }
}

function item(
  tone: Tone | 'waiting',
  outcome: string,
  title: string,
  worth: string,
  ...rest: (HTMLElement | null)[]
): HTMLElement {
  const head = element('div', 'item-head', element('span', 'title', title), element('span', 'worth', worth));
  const body = element('div', 'item-body', element('p', 'outcome', outcome), head, ...rest);
  const node = element('li', 'item', decoration(element('span', 'sign', SIGNS[tone])), body);
  node.dataset['tone'] = tone;
  return node;
}
