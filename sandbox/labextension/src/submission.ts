/**
 * A submission as the service describes it, parsed strictly: what does not fit the shape is dropped or
 * refused here, so that the panel never meets a surprise.
 */
import { say } from './texts.js';
import type { Language, TextName } from './texts.js';

/** A guideline clause a check belongs to. */
export interface Clause {
  readonly id: string;
  readonly title: string;
  /** Checked by `safeHref`; empty when the address can't be shown. */
  readonly url: string;
}

/** One automatic check's verdict. */
export interface Verdict {
  readonly check: string;
  readonly title: string;
  readonly outcome: string;
  readonly outcomeText: string;
  readonly points: number;
  readonly maxPoints: number;
  readonly message: string;
  readonly clause: Clause | null;
}

/** One written answer: a person marks it. */
export interface Written {
  readonly cell: string;
  readonly title: string;
  readonly state: 'waiting' | 'graded' | 'empty';
  readonly points: number | null;
  readonly maxPoints: number;
  readonly comment: string;
}

/** A submission and, once it is published, its results. */
export interface Submission {
  readonly id: string;
  readonly exercise: string;
  readonly attempt: number;
  readonly state: 'accepted' | 'leased' | 'published' | 'parked';
  readonly score: number | null;
  readonly maxScore: number | null;
  readonly waiting: boolean;
  readonly mastered: boolean;
  readonly summary: string;
  /** Checked by `safeHref`. */
  readonly page: string;
  readonly verdicts: readonly Verdict[];
  readonly written: readonly Written[];
}

/** How a verdict is shown: not tried is told apart from wrong, and ours from the learner's. */
export type Tone = 'good' | 'again' | 'untried' | 'ours';

type Fields = Readonly<Record<string, unknown>>;

const STATES = ['accepted', 'leased', 'published', 'parked'] as const;
const WRITTEN_STATES = ['waiting', 'graded', 'empty'] as const;

/** The submission in `raw`, or null when `raw` is none. */
export function parseSubmission(raw: unknown): Submission | null {
  const fields = asFields(raw);
  const state = STATES.find(one => one === fields['state']);
  const id = asText(fields['id']);
  if (!state || !/^[\w-]{1,64}$/.test(id)) {
    return null;
  }
  return {
    id,
    state,
    exercise: asText(fields['exercise']),
    attempt: asNumber(fields['attempt']) ?? 1,
    score: asNumber(fields['score']),
    maxScore: asNumber(fields['max_score']),
    waiting: fields['waiting'] === true,
    mastered: fields['mastered'] === true,
    summary: asText(fields['summary']),
    page: safeHref(fields['page']),
    verdicts: asList(fields['verdicts']).map(parseVerdict),
    written: asList(fields['written']).map(parseWritten)
  };
}

/** Whether nothing more will come for this submission by waiting. */
export function isSettled(submission: Submission): boolean {
  return submission.state === 'published' || submission.state === 'parked';
}

/** How a verdict's `outcome` is shown. An unknown word counts as ours: it must not blame the learner. */
export function toneOf(outcome: string): Tone {
  switch (outcome) {
    case 'PASS':
      return 'good';
    case 'UNATTEMPTED':
      return 'untried';
    case 'FAIL':
    case 'ERROR':
    case 'TIMEOUT':
    case 'MEMORY':
    case 'PIDS':
    case 'DISK':
    case 'OUTPUT':
    case 'CRASHED':
    case 'TAMPER':
      return 'again';
    default:
      return 'ours';
  }
}

const OUTCOME_TEXTS: ReadonlyMap<string, TextName> = new Map([
  ['PASS', 'outcomePass'],
  ['FAIL', 'outcomeFail'],
  ['ERROR', 'outcomeError'],
  ['UNATTEMPTED', 'outcomeUnattempted'],
  ['TIMEOUT', 'outcomeTimeout'],
  ['MEMORY', 'outcomeMemory'],
  ['PIDS', 'outcomeLimit'],
  ['DISK', 'outcomeLimit'],
  ['OUTPUT', 'outcomeLimit'],
  ['CRASHED', 'outcomeCrashed'],
  ['TAMPER', 'outcomeTamper']
]);

/** The words for a verdict: the service's own, or ours when it sent none. */
export function outcomeText(verdict: Verdict, language: Language): string {
  return verdict.outcomeText || say(language, OUTCOME_TEXTS.get(verdict.outcome) ?? 'outcomeOurs');
}

/** A clause by its number and title: `G-05 …`. */
export function clauseName(clause: Clause): string {
  return clause.title === clause.id ? clause.id : `${clause.id} ${clause.title}`;
}

/** The one sentence read aloud when results arrive. */
export function announcement(submission: Submission, language: Language): string {
  if (submission.state === 'parked') {
    return submission.summary || say(language, 'parked');
  }
  return [submission.summary, scoreText(submission, language)].filter(Boolean).join(' ');
}

/** `8 / 10 points`, or nothing while there is no score. */
export function scoreText(submission: Submission, language: Language): string {
  const { score, maxScore } = submission;
  if (score === null || maxScore === null) {
    return '';
  }
  return say(language, 'score', { points: plain(score), max: plain(maxScore) });
}

/** A number of points without a tail of zeros or rounding noise: 2, 1.5, 0.33. */
export function plain(points: number): string {
  return String(Math.round(points * 100) / 100);
}

/** `raw` when it is a path on this host or an http(s) address; otherwise nothing, so no script can be linked. */
export function safeHref(raw: unknown): string {
  const href = asText(raw);
  const path = /^\/(?![/\\])/.test(href);
  // A browser drops tabs and line breaks inside an address, which would turn `/\t/host` into `//host`.
  const clean = !/[\u0000-\u001f\u007f]/.test(href);
  return clean && (path || /^https?:\/\/[^/]/i.test(href)) ? href : '';
}

/** The pause before look number `look` (from 0), in milliseconds: quick at first, never more than two seconds. */
export function pauseBefore(look: number): number {
  return Math.min(2000, Math.round(150 * 1.4 ** look));
}

function parseVerdict(raw: unknown): Verdict {
  const fields = asFields(raw);
  return {
    check: asText(fields['check']),
    title: asText(fields['title']) || asText(fields['check']),
    outcome: asText(fields['outcome']),
    outcomeText: asText(fields['outcome_text']),
    points: asNumber(fields['points']) ?? 0,
    maxPoints: asNumber(fields['max_points']) ?? 0,
    message: asText(fields['message']),
    clause: parseClause(fields['clause'])
  };
}

function parseClause(raw: unknown): Clause | null {
  const fields = asFields(raw);
  const id = asText(fields['id']);
  return id ? { id, title: asText(fields['title']) || id, url: safeHref(fields['url']) } : null;
}

function parseWritten(raw: unknown): Written {
  const fields = asFields(raw);
  return {
    cell: asText(fields['cell']),
    title: asText(fields['title']) || asText(fields['cell']),
    state: WRITTEN_STATES.find(one => one === fields['state']) ?? 'waiting',
    points: asNumber(fields['points']),
    maxPoints: asNumber(fields['max_points']) ?? 0,
    comment: asText(fields['comment'])
  };
}

function asFields(raw: unknown): Fields {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Fields) : {};
}

function asList(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : [];
}

function asText(raw: unknown): string {
  return typeof raw === 'string' ? raw : '';
}

function asNumber(raw: unknown): number | null {
  return typeof raw === 'number' && Number.isFinite(raw) ? raw : null;
}
