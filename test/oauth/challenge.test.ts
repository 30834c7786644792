import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bearer,
  challengedScope,
  namedResourceMetadata,
  parseChallenges,
} from '../../src/oauth/challenge.ts';
import type { Challenge } from '../../src/oauth/report.ts';

/** Challenges as plain objects, to compare. */
function parse(...fields: string[]) {
  return parseChallenges(fields).map(challenge => ({ ...challenge, params: { ...challenge.params } }));
}

describe('well-formed challenges', () => {
  it('reads a scheme alone', () => {
    expect(parse('Negotiate')).toEqual([{ scheme: 'Negotiate', params: {} }]);
  });

  it('reads quoted and bare values', () => {
    expect(parse('Bearer realm="the realm", error=invalid_token')).toEqual([
      { scheme: 'Bearer', params: { realm: 'the realm', error: 'invalid_token' } },
    ]);
  });

  it('reads several challenges in one field and in several fields', () => {
    const fields = [
      'Basic realm="a, b", Bearer scope="x y" , DPoP algs="ES256"',
      'Negotiate, Digest nonce=n',
    ];
    expect(parse(...fields)).toEqual([
      { scheme: 'Basic', params: { realm: 'a, b' } },
      { scheme: 'Bearer', params: { scope: 'x y' } },
      { scheme: 'DPoP', params: { algs: 'ES256' } },
      { scheme: 'Negotiate', params: {} },
      { scheme: 'Digest', params: { nonce: 'n' } },
    ]);
  });

  it('reads token68', () => {
    expect(parse('Negotiate oYG2MIG=, Bearer realm=x')).toEqual([
      { scheme: 'Negotiate', params: {}, token68: 'oYG2MIG=' },
      { scheme: 'Bearer', params: { realm: 'x' } },
    ]);
  });

  it('takes a scheme inside quotation marks for text', () => {
    expect(parse('Basic realm="Bearer resource_metadata=\\"https://evil.example\\""')).toEqual([
      { scheme: 'Basic', params: { realm: 'Bearer resource_metadata="https://evil.example"' } },
    ]);
  });

  it('allows spaces around the equals sign, empty list members and tabs', () => {
    expect(parse(', ,Bearer\trealm = "x" ,, scope\t=\ty,')).toEqual([
      { scheme: 'Bearer', params: { realm: 'x', scope: 'y' } },
    ]);
  });

  it('compares names in lower case and lets the first value count', () => {
    expect(parse('Bearer Scope="a", SCOPE="b"')).toEqual([{ scheme: 'Bearer', params: { scope: 'a' } }]);
  });
});

describe('what servers send instead', () => {
  it.each([
    ['an unquoted URL', 'Bearer resource_metadata=https://h.example/.well-known/x?a=b, scope=s'],
    [
      'no comma between parameters',
      'Bearer resource_metadata="https://h.example/.well-known/x?a=b" scope="s"',
    ],
    [
      'an unquoted scope of two words',
      'Bearer scope=s t, resource_metadata="https://h.example/.well-known/x?a=b"',
    ],
    ['a string without its end', 'Bearer scope="s", resource_metadata="https://h.example/.well-known/x?a=b'],
    [
      'stray characters',
      '@@ , "x", Bearer ;scope="s"; {resource_metadata="https://h.example/.well-known/x?a=b"}',
    ],
  ])('survives %s', (_what, field) => {
    const challenges = parseChallenges([field]);
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['Bearer']);
    expect(namedResourceMetadata(challenges)).toBe('https://h.example/.well-known/x?a=b');
    expect(challengedScope(challenges)).toEqual(['s']);
  });

  it('keeps a parameter named __proto__ as data', () => {
    const [challenge] = parseChallenges(['Bearer __proto__="x", constructor=y']);
    expect(Object.entries(challenge?.params ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(({} as { x?: string }).x).toBeUndefined();
  });

  it('drops parameters that belong to no challenge', () => {
    expect(parse('realm="x", scope=y')).toEqual([]);
  });

  it('reads 16 KiB and no more', () => {
    const filler = `Bearer realm="${'x'.repeat(16 * 1024)}"`;
    expect(parse(filler, 'Basic realm="late"').map(({ scheme }) => scheme)).toEqual(['Bearer']);
    expect(parse(filler)[0]?.params.realm?.length).toBeLessThan(16 * 1024);
  });
});

describe('the challenge to act on', () => {
  it('is the Bearer challenge that names resource metadata, in any letter case', () => {
    const challenges = parseChallenges([
      'Basic realm=b, BEARER realm=x, bearer resource_metadata="https://h/"',
    ]);
    expect(bearer(challenges)?.params.resource_metadata).toBe('https://h/');
  });

  it('is the first Bearer challenge when none names any', () => {
    expect(bearer(parseChallenges(['Basic realm=b, Bearer realm=x, Bearer realm=y']))?.params.realm).toBe(
      'x',
    );
  });

  it('may be of another scheme when it alone names resource metadata', () => {
    expect(
      namedResourceMetadata(parseChallenges(['Bearer realm=x, DPoP resource_metadata="https://h/"'])),
    ).toBe('https://h/');
  });

  it('is none where there is no Bearer challenge, and asks for no scope', () => {
    const challenges = parseChallenges(['Basic realm="x", scope="y"']);
    expect(bearer(challenges)).toBeUndefined();
    expect(challengedScope(challenges)).toBeUndefined();
    expect(challengedScope(parseChallenges(['Bearer scope=" "']))).toBeUndefined();
    expect(challengedScope(parseChallenges(['Bearer scope="a  b"']))).toEqual(['a', 'b']);
  });
});

describe('any text at all', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,11}$/);
  const challenge: fc.Arbitrary<Challenge> = fc.oneof(
    fc.record({
      scheme: token,
      params: fc.constant({}),
      token68: fc.stringMatching(/^[A-Za-z0-9+/]{1,20}={0,2}$/),
    }),
    fc.record({
      scheme: token,
      params: fc.dictionary(
        token.map(name => name.toLowerCase()),
        fc.string({ unit: fc.constantFrom(...'ab ,="\\/:?é\t') }),
        { maxKeys: 4, noNullPrototype: true },
      ),
    }),
  );
  const write = ({ scheme, params, token68 }: Challenge) => {
    const pairs = Object.entries(params).map(
      ([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
    );
    return `${scheme} ${token68 ?? pairs.join(', ')}`.trim();
  };

  it('comes back as it was written, when well-formed', () => {
    fc.assert(
      fc.property(fc.array(fc.array(challenge, { maxLength: 4 }), { maxLength: 3 }), fields => {
        expect(parse(...fields.map(field => field.map(write).join(', ')))).toEqual(fields.flat());
      }),
    );
  });

  it('never throws', () => {
    const pieces = fc.constantFrom(
      'Bearer',
      'a',
      '=',
      ',',
      '"',
      '\\',
      ' ',
      '\t',
      '68==',
      '\0',
      'é',
      '\ud800',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 60 }).map(all => all.join('')),
    );
    fc.assert(
      fc.property(fc.array(text), fields => {
        for (const { scheme, params } of parseChallenges(fields)) {
          expect(scheme).not.toBe('');
          expect(Object.values(params).every(value => typeof value === 'string')).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes time in proportion to its length', () => {
    // Patterns that make a careless expression go back and forth; 16 KiB of each, a hundred times over.
    const patterns = ['a ', 'a=', '=', 'a,', '"', '\\', 'a="', 'a\t,', ' ', 'a====b', 'a "b" '];
    const started = performance.now();
    for (const pattern of patterns) {
      const field = pattern.repeat(Math.ceil((16 * 1024) / pattern.length));
      for (let run = 0; run < 100; run++) parseChallenges([field]);
    }
    // Linear is well under a second on a slow machine; quadratic would be some minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
