import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import {
  type BrokerLine,
  type ClientLine,
  controlLine,
  isControl,
  nonce,
  proof,
  readControl,
  sameProof,
} from '../../src/node/wire.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const secret = bytes('the shared secret of a folder');

describe('a control line', () => {
  test.each<ClientLine | BrokerLine>([
    { keybridge: 1, nonce: 'n' },
    { keybridge: 1, version: '1.0.0', nonce: 'n', proof: 'p' },
    { ok: true },
    { fault: new Fault('broker.lost', 'It has\ngone.', { data: { a: 'ü' } }).toJSON() },
    { log: 'Two\nlines\u2028and "quotes".', level: 'info' },
    { trouble: null },
  ])('is one line, known as ours, and reads as what was written: %j', value => {
    const line = controlLine(value);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    const read = bytes(line.slice(0, -1));
    expect(isControl(read)).toBe(true);
    expect(readControl(read)).toEqual(value);
  });

  test('is read in the middle of other bytes', () => {
    const whole = bytes('{"jsonrpc":"2.0"}\n#{"ok":true}\n');
    expect(readControl(whole.subarray(18, 30))).toEqual({ ok: true });
  });

  test('is never taken for a message, nor a message for one', () => {
    for (const text of ['{"jsonrpc":"2.0"}', '[]', ' #{}', '']) expect(isControl(bytes(text))).toBe(false);
    expect(isControl(bytes('#'))).toBe(true);
  });

  test('that is none is refused without repeating it', () => {
    for (const text of ['#', '#secret', '#1', '#null', '#"x"', '#{"a":']) {
      expect(() => readControl(bytes(text))).toThrow(
        expect.objectContaining({
          code: 'broker.refused',
          message: 'The program on the socket does not speak as a Keybridge does.',
        }),
      );
    }
  });

  test('of any bytes is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array(), line => {
        try {
          expect(typeof readControl(Uint8Array.from([0x23, ...line]))).toBe('object');
        } catch (error) {
          expect(error).toMatchObject({ code: 'broker.refused' });
        }
      }),
    );
  });
});

describe('a proof', () => {
  const of = (role: 'broker' | 'client', client = 'a', broker = 'b', key = secret) =>
    proof(key, role, client, broker);

  test('is the same for the same secret, role and nonces, and for nothing else', () => {
    const proofs = [
      of('broker'),
      of('client'),
      of('broker', 'x'),
      of('broker', 'a', 'x'),
      of('broker', 'b', 'a'),
      of('broker', 'a', 'b', bytes('another secret')),
    ];
    expect(new Set(proofs).size).toBe(proofs.length);
    expect(of('broker')).toBe(of('broker'));
    expect(of('broker')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is compared whole', () => {
    const right = of('client');
    expect(sameProof(right, right)).toBe(true);
    expect(sameProof(`${right.slice(0, -1)}x`, right)).toBe(false);
  });

  test.each([
    undefined,
    null,
    7,
    '',
    'short',
    {},
    ['a'.repeat(64)],
    { length: 64 },
    'é'.repeat(64),
    '😀'.repeat(32),
    'a'.repeat(65),
  ])('that is %j is wrong, and harms nothing', wrong => {
    expect(sameProof(wrong, of('client'))).toBe(false);
  });

  test('is made with a nonce nobody can guess', () => {
    const nonces = Array.from({ length: 100 }, nonce);
    expect(new Set(nonces).size).toBe(100);
    for (const each of nonces) expect(each).toMatch(/^[0-9a-f]{64}$/);
  });
});
