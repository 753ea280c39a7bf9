/**
 * Every text of the bench, in both languages, side by side.
 *
 * `{name}` stands for a value that `fill` puts in.
 */

/** The two languages a released notebook comes in. */
export type Language = 'ko' | 'en';

/** A text in both languages. */
type Text = Readonly<Record<Language, string>>;

const TEXTS = {
  submit: { ko: '제출', en: 'Submit' },
  submitting: { ko: '제출하는 중…', en: 'Submitting…' },
  submitHint: {
    ko: '답을 저장하고 제출합니다. 몇 번이든 다시 제출할 수 있습니다. (단축키: {keys})',
    en: 'Save your answers and submit them. You can submit as often as you like. (Shortcut: {keys})'
  },
  panelTitle: { ko: '채점 결과', en: 'Results' },
  attempt: { ko: '{exercise} · {number}번째 제출', en: '{exercise} · submission {number}' },
  saving: { ko: '저장하고 있습니다…', en: 'Saving…' },
  sending: { ko: '제출하고 있습니다…', en: 'Submitting…' },
  grading: { ko: '채점하고 있습니다…', en: 'Grading…' },
  score: { ko: '{points} / {max}점', en: '{points} / {max} points' },
  scoreWaiting: {
    ko: '글로 쓴 답의 점수는 강사가 채점한 뒤 더해집니다.',
    en: 'Points for your written answers are added once an instructor has read them.'
  },
  checks: { ko: '자동 점검', en: 'Automatic checks' },
  written: { ko: '글로 쓴 답', en: 'Written answers' },
  points: { ko: '{points} / {max}점', en: '{points} / {max}' },
  maxPoints: { ko: '{max}점', en: '{max} points' },
  clause: { ko: '관련 지침: {clause}', en: 'Guideline: {clause}' },
  newTab: { ko: '(새 탭에서 열림)', en: '(opens in a new tab)' },
  fullPage: { ko: '이 제출 자세히 보기', en: 'See this submission in full' },
  back: { ko: '노트북으로 돌아가기', en: 'Back to the notebook' },
  writtenWaiting: { ko: '강사의 채점을 기다리고 있습니다', en: 'Waiting for an instructor' },
  writtenGraded: { ko: '채점 완료', en: 'Marked' },
  writtenEmpty: { ko: '아직 쓰지 않음', en: 'Not written yet' },
  parked: {
    ko: '채점을 마치지 못했습니다. 시스템 문제이므로 점수는 깎이지 않습니다. 제출한 답은 안전하게 보관되어 있으며, 담당자가 확인한 뒤 다시 채점합니다.',
    en: 'Grading did not finish. The fault is ours and costs you no points. Your answers are kept safely, and they will be graded again once we have looked into it.'
  },
  slow: {
    ko: '채점이 길어지고 있습니다. 제출은 안전하게 접수되었으니, 창을 닫았다가 나중에 확인해도 됩니다.',
    en: 'Grading is taking longer than usual. Your submission is safely received; you may close this window and look again later.'
  },
  checkAgain: { ko: '결과 다시 확인', en: 'Check again' },
  submitAgain: { ko: '다시 제출', en: 'Submit again' },
  problemTitle: { ko: '제출하지 못했습니다', en: 'Not submitted' },
  pollProblemTitle: { ko: '결과를 가져오지 못했습니다', en: 'The results did not arrive' },
  saveFailed: {
    ko: '노트북을 저장하지 못해 제출하지 않았습니다. 저장이 되는지 확인한 뒤 다시 제출해 주세요.',
    en: 'The notebook could not be saved, so nothing was submitted. Please check that it saves, then submit again.'
  },
  away: {
    ko: '채점 서비스에 연결하지 못했습니다. 답은 노트북에 저장되어 있습니다. 잠시 뒤에 다시 시도해 주세요.',
    en: 'The grading service could not be reached. Your answers are saved in the notebook. Please try again in a moment.'
  },
  signedOut: {
    ko: '로그인이 만료되었습니다. 답은 노트북에 저장되어 있습니다. 페이지를 새로 고쳐 로그인한 뒤 다시 제출해 주세요.',
    en: 'You have been signed out. Your answers are saved in the notebook. Reload the page, sign in and submit again.'
  },
  unclear: {
    ko: '채점 서비스의 응답을 이해하지 못했습니다. 잠시 뒤에 다시 시도해 주세요.',
    en: 'The grading service gave an answer we could not read. Please try again in a moment.'
  },
  outcomePass: { ko: '통과', en: 'Passed' },
  outcomeFail: { ko: '아직 통과하지 못함', en: 'Not yet' },
  outcomeError: { ko: '코드가 오류로 멈췄습니다', en: 'Your code stopped with an error' },
  outcomeUnattempted: { ko: '아직 풀지 않음', en: 'Not answered yet' },
  outcomeTimeout: { ko: '시간이 너무 오래 걸렸습니다', en: 'Took too long' },
  outcomeMemory: { ko: '메모리를 너무 많이 썼습니다', en: 'Used too much memory' },
  outcomeLimit: { ko: '실행 한도를 넘었습니다', en: 'Went over a limit' },
  outcomeCrashed: { ko: '실행이 중간에 끊겼습니다', en: 'The run broke off' },
  outcomeTamper: { ko: '채점할 수 없는 답입니다', en: 'This answer can’t be graded' },
  outcomeOurs: { ko: '시스템 문제로 채점하지 못했습니다', en: 'Not graded: the fault is ours' }
} as const satisfies Record<string, Text>;

/** The name of a text. */
export type TextName = keyof typeof TEXTS;

/** The text `name` in `language`, with `values` put in for its `{name}` places. */
export function say(
  language: Language,
  name: TextName,
  values: Readonly<Record<string, string | number>> = {}
): string {
  return TEXTS[name][language].replace(/\{(\w+)\}/g, (whole, key: string) =>
    Object.hasOwn(values, key) ? String(values[key]) : whole
  );
}

/** Every text name; a test walks them. */
export function textNames(): TextName[] {
  return Object.keys(TEXTS) as TextName[];
}

/** `value` as a language; anything but English is Korean, the language of the house. */
export function asLanguage(value: unknown): Language {
  return value === 'en' ? 'en' : 'ko';
}
