/** What the service says is parsed strictly; nothing hostile in it reaches the page as an address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { announcement, clauseName, isSettled, outcomeText, parseSubmission, pauseBefore, plain } from '../submission.js';
import { safeHref, scoreText, toneOf } from '../submission.js';
import type { Submission } from '../submission.js';

const RAW = {
  id: '9f6e8592-5384-4ef6-bd6b-cbdf1f42326e',
  exercise: 'C05-E3',
  attempt: 2,
  state: 'published',
  score: 6.5,
  max_score: 18,
  waiting: true,
  mastered: false,
  summary: 'Two of three.',
  page: '/services/civiclab/submissions/9f6e',
  verdicts: [
    { check: 'k', title: 'K', outcome: 'FAIL', points: 0, max_points: 2, clause: { id: 'G-05', url: 'javascript:x' } }
  ],
  written: [{ cell: 'memo', state: 'waiting', points: null, max_points: 15 }]
};

function parsed(change: object = {}): Submission {
  const submission = parseSubmission({ ...RAW, ...change });
  assert.ok(submission);
  return submission;
}

test('a published submission is read with its verdicts and written answers', () => {
  const submission = parsed();
  assert.equal(isSettled(submission), true);
  assert.deepEqual(submission.verdicts[0]?.clause, { id: 'G-05', title: 'G-05', url: '' });
  assert.deepEqual(submission.written[0], {
    cell: 'memo',
    title: 'memo',
    state: 'waiting',
    points: null,
    maxPoints: 15,
    comment: ''
  });
});

test('what is no submission is refused', () => {
  for (const raw of [null, [], 'x', 3, {}, { ...RAW, state: 'done' }, { ...RAW, id: '../hub' }, { ...RAW, id: 3 }]) {
    assert.equal(parseSubmission(raw), null);
  }
});

test('fields of the wrong kind are dropped, not shown', () => {
  const submission = parsed({ score: 'many', summary: { html: 1 }, verdicts: 'none', written: [null] });
  assert.deepEqual([submission.score, submission.summary, submission.verdicts.length], [null, '', 0]);
  assert.equal(submission.written.length, 1);
  assert.equal(scoreText(submission, 'ko'), '');
});

test('only this host and http(s) are linked', () => {
  for (const href of ['/a', '/services/civiclab/x?y=1', 'https://example.org/a', 'http://127.0.0.1:8000/']) {
    assert.equal(safeHref(href), href);
  }
  const hostile = ['javascript:alert(1)', '//evil.example', '/\\evil.example', '/\t/evil.example', 'data:text/html,x'];
  for (const href of [...hostile, ' javascript:x', 'https:', '', null, 7]) {
    assert.equal(safeHref(href), '');
  }
});

test('not tried is not wrong, and an unknown word never blames the learner', () => {
  assert.equal(toneOf('PASS'), 'good');
  assert.equal(toneOf('FAIL'), 'again');
  assert.equal(toneOf('TIMEOUT'), 'again');
  assert.equal(toneOf('UNATTEMPTED'), 'untried');
  assert.equal(toneOf('INTERNAL'), 'ours');
  assert.equal(toneOf('EXERCISE'), 'ours');
  assert.equal(toneOf('SOMETHING NEW'), 'ours');
});

test('the words for a verdict are the service’s own, else ours', () => {
  const verdict = parsed().verdicts[0];
  assert.ok(verdict);
  assert.equal(outcomeText({ ...verdict, outcomeText: 'Hm' }, 'en'), 'Hm');
  assert.equal(outcomeText(verdict, 'ko'), '아직 통과하지 못함');
  assert.equal(outcomeText({ ...verdict, outcome: 'UNATTEMPTED' }, 'ko'), '아직 풀지 않음');
  assert.equal(outcomeText({ ...verdict, outcome: 'toString' }, 'en'), 'Not graded: the fault is ours');
});

test('a clause is named by number and title, the number once', () => {
  assert.equal(clauseName({ id: 'G-05', title: 'Personal data', url: '' }), 'G-05 Personal data');
  assert.equal(clauseName({ id: 'G-05', title: 'G-05', url: '' }), 'G-05');
});

test('what is read aloud holds the sentence and the score', () => {
  assert.equal(announcement(parsed(), 'en'), 'Two of three. 6.5 / 18 points');
  assert.match(announcement(parsed({ state: 'parked', summary: '' }), 'ko'), /깎이지 않습니다/);
});

test('points have no rounding noise', () => {
  assert.deepEqual([0.1 + 0.2, 2, 1 / 3].map(plain), ['0.3', '2', '0.33']);
});

test('looks start at 150 ms and never come further apart than two seconds', () => {
  const pauses = Array.from({ length: 40 }, (_, look) => pauseBefore(look));
  assert.equal(pauses[0], 150);
  assert.equal(Math.max(...pauses), 2000);
  assert.deepEqual(pauses, [...pauses].sort((a, b) => a - b));
});
