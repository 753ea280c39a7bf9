/** Idempotency keys: one a submission, so that a repeated request makes no second attempt. */

/** What of the browser's crypto is needed. */
export interface Randomness {
  randomUUID?: () => string;
  getRandomValues(bytes: Uint8Array): Uint8Array;
}

/** A fresh version-4 UUID. */
export function freshKey(randomness: Randomness = globalThis.crypto as Randomness): string {
  // Browsers offer randomUUID on https and localhost only; a town hall's plain-http server has the rest.
  return randomness.randomUUID ? randomness.randomUUID() : uuid(randomness.getRandomValues(new Uint8Array(16)));
}

function uuid(bytes: Uint8Array): string {
  const marked = Array.from(bytes, (byte, at) =>
    at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte
  );
  const hex = marked.map(byte => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
