/** The two-language table and the keys of submissions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { freshKey } from '../key.js';
import { asLanguage, say, textNames } from '../texts.js';

test('both languages name the same values in every text', () => {
  for (const name of textNames()) {
    const [ko, en] = (['ko', 'en'] as const).map(language => say(language, name).match(/\{\w+\}/g)?.sort());
    assert.deepEqual(ko, en, name);
    assert.match(say('ko', name), /[가-힣]|\{/, name);
    assert.doesNotMatch(say('en', name), /[가-힣]/, name);
  }
});

test('values are put in; a missing one stays visible', () => {
  assert.equal(say('ko', 'score', { points: 3, max: 4 }), '3 / 4점');
  assert.equal(say('en', 'score', { points: 3 }), '3 / {max} points');
});

test('anything but English is Korean', () => {
  assert.deepEqual(['en', 'ko', 'fr', undefined].map(asLanguage), ['en', 'ko', 'ko', 'ko']);
});

test('a key is a version-4 UUID, on plain http as well', () => {
  const plain = { getRandomValues: (bytes: Uint8Array) => bytes.fill(0xff) };
  assert.equal(freshKey(plain), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
  assert.match(freshKey(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(freshKey(), freshKey());
});
