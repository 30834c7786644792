import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFingerprint, hmacSha256, sha256 } from '../../src/trace/fingerprint.ts';

describe('the fingerprint', () => {
  it('is built on the SHA-256 everyone else has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), message => {
        expect(Buffer.from(sha256(message))).toEqual(createHash('sha256').update(message).digest());
      }),
    );
  });

  it('is built on the HMAC everyone else has', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.uint8Array({ maxLength: 300 }),
        (key, message) => {
          const expected = createHmac('sha256', key).update(message).digest();
          expect(Buffer.from(hmacSha256(key, message))).toEqual(expected);
        },
      ),
    );
  });

  it('is the same for the same value and tells values apart', () => {
    const fingerprint = createFingerprint();
    expect(fingerprint('a token')).toBe(fingerprint('a token'));
    expect(fingerprint('a token')).toMatch(/^[0-9a-f]{6}$/);
    const values = new Set(Array.from({ length: 20 }, (_, n) => fingerprint(`token ${n}`)));
    expect(values.size).toBeGreaterThan(18);
  });

  it('means nothing to another process, whose key is another', () => {
    const [one, other] = [createFingerprint(), createFingerprint()];
    const same = Array.from({ length: 8 }, (_, n) => one(`${n}`) === other(`${n}`));
    expect(same).toContain(false);
  });
});
