import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../src/base/address.ts';
import { parseJson } from '../../src/base/json.ts';
import { Callbacks } from '../../src/oauth/callback.ts';
import {
  bearer,
  challengedScope,
  namedResourceMetadata,
  parseChallenges,
  wantsOther,
} from '../../src/oauth/challenge.ts';
import { checkUrl, difference, quote, quoteUrl, resourceCovers } from '../../src/oauth/identifier.ts';
import { readResourceMetadata, readServerMetadata } from '../../src/oauth/metadata.ts';
import { fakeWorld } from '../support/fake-world.ts';

const SERVER = new URL('https://mcp.example/mcp');
const ISSUER = 'https://as.example';
const PRINTABLE = /^[\x20-\x7e…]*$/;

/** Pieces a careless reader of URLs stumbles over. */
const urlish = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'https:',
        'http:',
        '//',
        '/',
        '\\',
        '@',
        ':',
        '.',
        '..',
        '%2e',
        '%00',
        '?',
        '#',
        '[::1]',
        '127.0.0.1',
        '2130706433',
        '0x7f.1',
        'localhost',
        'mcp.example',
        'MCP.example',
        '/mcp',
        '443',
        '\t',
        '\u202e',
        '\ud800',
        'xn--',
      ),
      { maxLength: 10 },
    )
    .map(parts => parts.join('')),
);

const NAMES = [
  'resource',
  'issuer',
  'authorization_servers',
  'scopes_supported',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
  '__proto__',
  'constructor',
  'toString',
];
const field = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  urlish,
  fc.constantFrom(SERVER.href, ISSUER, `${ISSUER}/x`, true, null, ['S256'], [null, 'S256', 7]),
);
/** Documents that are almost metadata, as text: keys may come twice. */
const documents = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), field), { maxLength: 10 })
  .map(
    members =>
      `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  );
const anything = fc.oneof(
  documents.map(text => new TextEncoder().encode(text)),
  fc.jsonValue().map(value => new TextEncoder().encode(JSON.stringify(value))),
  fc.uint8Array(),
);

describe('whatever a document of metadata holds, it has a verdict', () => {
  const type = fc.option(fc.string(), { nil: undefined });

  test('as the metadata of a resource, which is believed for its own server only', () =>
    fc.assert(
      fc.property(anything, type, (bytes, contentType) => {
        const verdict = readResourceMetadata({ url: SERVER.href, contentType, bytes }, SERVER);
        expect(JSON.parse(JSON.stringify(verdict))).toBeTypeOf('object');
        if (verdict.ok) {
          expect(resourceCovers(verdict.value.resource, SERVER)).toBe(true);
          expect(verdict.value.authorizationServers.every(each => typeof each === 'string')).toBe(true);
        } else expect(verdict.detail).toMatch(/\w\.?$/);
      }),
      { numRuns: 3_000 },
    ));

  test('as the metadata of an authorization server, whose places may all be asked', () =>
    fc.assert(
      fc.property(anything, type, (bytes, contentType) => {
        const rules = { issuers: [ISSUER], reach: 'public' as const };
        const verdict = readServerMetadata({ url: ISSUER, contentType, bytes }, rules);
        expect(JSON.parse(JSON.stringify(verdict))).toBeTypeOf('object');
        if (!verdict.ok) return;
        expect(verdict.value.issuer).toBe(ISSUER);
        const { authorizationEndpoint, tokenEndpoint, registrationEndpoint, revocationEndpoint } =
          verdict.value;
        for (const place of [
          authorizationEndpoint,
          tokenEndpoint,
          registrationEndpoint,
          revocationEndpoint,
        ]) {
          if (place !== undefined) expect(new URL(place).protocol).toBe('https:');
        }
      }),
      { numRuns: 3_000 },
    ));
});

describe('whatever a URL looks like', () => {
  test('it may be asked only where its host and its scheme allow it', () =>
    fc.assert(
      fc.property(urlish, text => {
        const checked = checkUrl(text, { reach: 'public' });
        if (!checked.ok) {
          expect(checked.reason).toMatch(PRINTABLE);
          return;
        }
        const { url } = checked;
        expect(url.protocol).toBe('https:');
        expect(url.username + url.password).toBe('');
        expect(url.hostname.replace(/\.$/, '')).not.toMatch(/(^|\.)localhost$/);
        if (/^[\d.]*\d$|^\[/.test(url.hostname)) expect(isPublicAddress(url.hostname)).toBe(true);
        // Nothing was quietly removed or turned round on the way.
        expect(URL.parse(text)?.href).toBe(url.href);
        expect(text).not.toMatch(/[\s\\\p{Cc}]/u);
      }),
      { numRuns: 3_000 },
    ));

  test('it covers a server only on its origin, and at or above its path', () =>
    fc.assert(
      fc.property(urlish, fc.webUrl({ withQueryParameters: true }), (resource, server) => {
        const url = new URL(server);
        if (!resourceCovers(resource, url)) return;
        expect(new URL(resource).origin).toBe(url.origin);
        expect(`${url.pathname}/`.startsWith(new URL(resource).pathname)).toBe(true);
      }),
      { numRuns: 3_000 },
    ));

  test('a server’s own URL and every folder above it cover it', () =>
    fc.assert(
      fc.property(fc.webUrl(), address => {
        const url = new URL(address);
        url.hash = '';
        expect(resourceCovers(url.href, url)).toBe(true);
        const above = url.pathname.split('/').slice(0, -1).join('/');
        expect(resourceCovers(`${url.origin}${above}`, url)).toBe(true);
        expect(resourceCovers(`${url.origin}${url.pathname}x`, url)).toBe(false);
      }),
    ));

  test('it stands in a sentence as printable ASCII, and what it differs in is a sentence', () =>
    fc.assert(
      fc.property(urlish, urlish, (one, other) => {
        for (const shown of [quote(one), quoteUrl(one)]) {
          expect(shown).toMatch(PRINTABLE);
          expect(shown.length).toBeLessThan(1_300);
        }
        expect(difference(one, other)).toMatch(/^[A-Z][a-z ]+.*\.$/);
      }),
    ));

  test('an IPv4 address is judged the same in every spelling of it', () =>
    fc.assert(
      fc.property(fc.tuple(...[1, 2, 3, 4].map(() => fc.nat(255))), ([a = 0, b = 0, c = 0, d = 0]) => {
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const dotted = `${a}.${b}.${c}.${d}`;
        const mapped = `[::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`;
        const spellings = [
          dotted,
          `${dotted}.`,
          String(number),
          `0x${number.toString(16)}`,
          `${a}.${b}.${c * 256 + d}`,
          `0${a.toString(8)}.${b}.${c}.${d}`,
          mapped,
        ];
        const verdicts = spellings.map(host => checkUrl(`https://${host}/`, { reach: 'public' }).ok);
        expect(new Set(verdicts)).toEqual(new Set([isPublicAddress(dotted)]));
      }),
    ));
});

test('whatever challenges come, what is read from them is text or nothing', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc
          .array(
            fc.constantFrom(
              'Bearer',
              'bearer ',
              'DPoP',
              ' ',
              ',',
              '=',
              '"',
              '\\',
              'scope',
              'resource_metadata',
              'error',
              'a',
              'https://x/',
              '__proto__',
              '\ud800',
            ),
            { maxLength: 30 },
          )
          .map(parts => parts.join('')),
      ),
      fields => {
        const challenges = parseChallenges(fields);
        expect(['string', 'undefined']).toContain(typeof namedResourceMetadata(challenges));
        for (const scope of challengedScope(challenges) ?? []) expect(scope).toMatch(/^\S+$/);
        expect(bearer(challenges)?.scheme.toLowerCase() ?? 'bearer').toBe('bearer');
        expect(typeof wantsOther(challenges)).toBe('boolean');
      },
    ),
    { numRuns: 2_000 },
  ));

test('whatever comes back to the callback, only the one state is taken, and only once', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          urlish,
          fc
            .dictionary(
              fc.constantFrom('state', 'code', 'error', 'iss', 'x'),
              fc.oneof(fc.constant('right'), fc.string({ unit: 'binary' })),
            )
            .map(query => `http://127.0.0.1:4000/callback?${new URLSearchParams(query)}`),
        ),
        { maxLength: 12 },
      ),
      async texts => {
        const callbacks = new Callbacks(fakeWorld());
        const over = new AbortController();
        const arrived: string[] = [];
        const waiting = callbacks.expect('right', over.signal).then(({ url, answer }) => {
          arrived.push(url.href);
          answer({ status: 200, title: 'Done', text: '' });
        });
        waiting.catch(() => {});
        const right = texts.filter(text => {
          const said = URL.parse(text.trim())?.searchParams;
          return said?.get('state') === 'right' && (said.get('code') || said.get('error'));
        });
        for (const text of texts) {
          await callbacks
            .deliver(text)
            .catch(error => expect(error).toMatchObject({ code: 'callback.invalid' }));
        }
        over.abort();
        await waiting.catch(() => {});
        expect(arrived).toHaveLength(Math.min(1, right.length));
      },
    ),
    { numRuns: 500 },
  ));

test('whatever text is parsed as JSON, it is what JSON.parse makes of it, without a prototype', () =>
  fc.assert(
    fc.property(fc.oneof(documents, fc.string(), fc.json()), text => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expected = undefined;
      }
      const parsed = parseJson(text);
      expect(JSON.stringify(parsed)).toBe(JSON.stringify(expected));
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
        expect(Object.getPrototypeOf(parsed)).toBeNull();
      }
    }),
    { numRuns: 2_000 },
  ));
