import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { FetchRequest } from '../../src/trace/event.ts';
import { answered, recording } from '../support/recording.ts';

/** Tokens as servers make them, and passwords as people do. */
const secret = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/='),
    minLength: 10,
    maxLength: 60,
  }),
  fc.string({ unit: 'grapheme-ascii', minLength: 10, maxLength: 30 }),
);
/** Texts around a secret: with quotes, escapes, percent signs and separators of every notation. */
const noise = fc.string({ unit: fc.constantFrom(...'ab {}[]":,=&?#%\\/;<>\n\'é'), maxLength: 40 });
/** What stands before a secret ends with something that is no part of an escape. */
const before = fc
  .tuple(noise, fc.constantFrom(' ', '"', '=', ':', '(', ','))
  .map(([text, end]) => text + end);

type Spelling = (value: string) => string;
const identity: Spelling = value => value;
const json: Spelling = value => JSON.stringify(value).slice(1, -1);
const percent: Spelling = value => encodeURIComponent(value);
const form: Spelling = value => new URLSearchParams([['', value]]).toString().slice(1);
const base64: Spelling = value => Buffer.from(value).toString('base64');
const pair: Spelling = value => Buffer.from(`some-client:${value}`).toString('base64');
const escaped: Spelling = value =>
  Array.from(value, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const spelling = fc
  .array(fc.constantFrom(identity, json, percent, form, base64, pair, escaped), {
    minLength: 1,
    maxLength: 2,
  })
  // Base64 of what is spelled in ways of its own is not looked into, except for percent-encoding.
  .filter(steps => steps.length < 2 || ![base64, pair].includes(steps[1] as Spelling))
  .map(steps => (value: string) => steps.reduce((text, step) => step(text), value));

const get: FetchRequest = { method: 'GET', url: 'https://server.example/mcp', headers: [] };
const latin1 = (text: string) => text.replace(/[^\x20-\x7e]/g, '');

describe('a learned secret', () => {
  it('is in no event, wherever it stood, however it was spelled and wherever it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        secret,
        spelling,
        before,
        noise,
        fc.nat(100),
        async (value, spell, prefix, suffix, cut) => {
          const spelled = spell(value);
          const text = `${prefix}${spelled}${suffix}`;
          const head = latin1(text);
          const { root, trace } = recording(request => {
            if (request.url.includes('fails')) throw new Fault('net.failed', text, { evidence: [text] });
            const begun = new TextEncoder().encode(text).subarray(0, prefix.length + cut);
            const body = new ReadableStream<Uint8Array>({
              start(controller) {
                controller.enqueue(begun);
                controller.error(new Error('cut'));
              },
            });
            return answered({ headers: [['x-echo', head]], body });
          });
          root.secret(value);
          root.note(text);
          root.span(text);
          root.message('to-host', new TextEncoder().encode(text), {
            kind: 'request',
            id: text,
            method: text,
          });
          const { response } = await root.fetch('mcp', {
            ...get,
            url: `https://server.example/${spelled}?x=${spelled}`,
            headers: [['x-any', head]],
            body: new TextEncoder().encode(text),
          });
          await response.text().catch(() => {});
          await root.fetch('mcp', { ...get, url: 'https://server.example/fails' }).catch(() => {});
          const recorded = JSON.stringify(trace.since());
          const forms = [value, spelled].flatMap(one => [one, json(one), json(json(one))]);
          // A spelling may be of another length than the value; its beginning alone must not stay either.
          const beginnings = forms.map(one => one.slice(0, Math.max(12, one.length - 4)));
          for (const one of [...forms, ...beginnings]) {
            if (latin1(one) === one) expect(recorded).not.toContain(one);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a secret known by its field only', () => {
  const name = fc.constantFrom(
    'access_token',
    'refresh_token',
    'client_secret',
    'code_verifier',
    'password',
    'id_token',
  );

  it('is in no event, in whichever notation the field stood and wherever the body was cut', async () => {
    const notation = fc.constantFrom(
      (field: string, value: string) => `{"a":1,"${field}":"${json(value)}","b":2}`,
      (field: string, value: string) => `{"a":1, "${field}" : [ "${json(value)}" ]}`,
      (field: string, value: string) => JSON.stringify({ text: JSON.stringify({ [field]: value }) }),
      (field: string, value: string) =>
        JSON.stringify([JSON.stringify([JSON.stringify({ [field]: value })])]),
      (field: string, value: string) => `grant_type=x&${field}=${form(value)}&b=2`,
      (field: string, value: string) => `https://a.example/cb#a=1&${field}=${percent(value)}`,
      (field: string, value: string) => `to=${percent(`https://a.example/?${field}=${percent(value)}&b=2`)}`,
      (field: string, value: string) => `data: {"${field}":"${escaped(value)}"}\n\n`,
    );
    // The first letters stand nowhere else, so that no other quote or space is taken for the secret.
    const token = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 }).map(end => `zq${end}`);
    await fc.assert(
      fc.asyncProperty(name, token, notation, fc.nat(120), async (field, value, write, length) => {
        const text = write(field, value);
        const { root, trace } = recording(() => {
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              controller.enqueue(new TextEncoder().encode(text).subarray(0, length));
              controller.error(new Error('cut'));
            },
          });
          return answered({ body });
        });
        const { response } = await root.fetch('token', { ...get, body: new TextEncoder().encode(text) });
        await response.text().catch(() => {});
        root.note(text);
        const recorded = JSON.stringify(trace.since());
        for (const one of [value, json(value), percent(value), form(value), escaped(value)]) {
          expect(recorded).not.toContain(json(one).slice(0, 8));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is in no event when it stood in a header field', async () => {
    const field = fc.constantFrom(
      'authorization',
      'proxy-authorization',
      'cookie',
      'mcp-session-id',
      'x-api-key',
      'dpop',
    );
    const token = fc.string({
      unit: fc.constantFrom(...'abcdefXYZ0123456789-._~+/'),
      minLength: 10,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(
        field,
        token,
        fc.constantFrom('Bearer ', 'name=', ''),
        async (named, value, before) => {
          const headers = [
            [named, before + value],
            ['set-cookie', `sid=${value}; Path=/`],
          ] as const;
          const { root, trace } = recording(() => answered({ headers }));
          await root.fetch('mcp', { ...get, headers });
          await root.fetch('mcp', { ...get, headers: [['x-own', value]], secretHeaders: ['X-Own'] });
          expect(JSON.stringify(trace.since())).not.toContain(value);
        },
      ),
    );
  });
});

describe('redaction', () => {
  it('leaves a text alone that has no secrets in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async text => {
        const { root, trace } = recording(() => answered({}));
        const plainText = text.replace(
          /token|secret|passw|key|sid|jwt|code|state|session|cookie|dpop|credential/gi,
          '',
        );
        root.note(plainText);
        expect(trace.since()[1]).toMatchObject({ text: plainText });
      }),
    );
  });
});
