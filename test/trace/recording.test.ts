import { describe, expect, test } from 'vitest';
import { readRecording } from '../../src/trace/recording.ts';
import { toRow } from '../../src/trace/row.ts';

const read = (text: string) => [...readRecording(text)];
const archive = (...entries: unknown[]) => JSON.stringify({ log: { version: '1.2', entries } });
const line = (event: object) => `{"keybridgeTrace":1}\n${JSON.stringify(event)}\n`;
const SECRET = 'a-secret-that-must-not-be-shown-1';

const entry = {
  startedDateTime: '2026-11-20T10:00:00Z',
  time: 50,
  request: {
    method: 'POST',
    url: `https://a.example/token?access_token=${SECRET}`,
    headers: [{ name: 'Authorization', value: `Bearer ${SECRET}` }],
    postData: { text: `client_secret=${SECRET}` },
  },
  response: {
    status: 200,
    headers: [{ name: 'Set-Cookie', value: `sid=${SECRET}` }],
    content: { text: SECRET },
  },
  timings: { dns: 5, connect: 20, ssl: 12, wait: 15, receive: 10 },
  serverIPAddress: '192.0.2.1',
};

describe('a file that is opened', () => {
  test('is an HTTP Archive of any program, redacted, with its phases', () => {
    const [event] = read(archive(entry));
    expect(JSON.stringify(event)).not.toContain(SECRET);
    expect(event && toRow(event)).toMatchObject({
      ...{ method: 'POST', status: 200, state: 'done', token: expect.stringMatching(/^[0-9a-f]{6}$/) },
      timing: { dns: 5, connect: 8, tls: 12, head: 40, end: 50 },
    });
  });

  test('is redacted also where it says that it is a trace of Keybridge', () => {
    const exchange = {
      ...{ id: 'x1', purpose: 'token', startedAt: 5, timing: {} },
      request: {
        method: 'POST',
        url: 'https://a.example/',
        headers: [['authorization', `Bearer ${SECRET}`]],
      },
      outcome: {
        kind: 'answered',
        status: 200,
        headers: [],
        body: { size: 9, text: `{"access_token":"${SECRET}"}` },
      },
    };
    const text = line({ seq: 1, at: 5, span: 's1', kind: 'exchange', exchange });
    expect(JSON.stringify(read(text))).not.toContain(SECRET);
  });

  test.each([
    ['nothing', ''],
    ['JSON of another kind', '{"some":"file"}'],
    ['an archive whose log is none', '{"log":[]}'],
    ['a page', '<!doctype html>'],
    ['a trace of a newer version', '{"keybridgeTrace":99}\n'],
    ['a trace that is damaged', '{"keybridgeTrace":1}\n{"seq":1}\n{"seq":2}\n'],
    ['longer than any', ' '.repeat(64 * 1024 * 1024 + 1)],
  ])('is refused when it is %s', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'store.damaged' }));
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['without a request', { response: {} }],
    ['with headers that are none', { ...entry, request: { ...entry.request, headers: [null, 1, {}] } }],
    ['with a date beyond all', { ...entry, startedDateTime: '+999999-01-01T00:00:00Z' }],
    ['with numbers that are texts', { ...entry, time: 'x', timings: { dns: null, connect: '5' } }],
    ['with numbers below nothing', { ...entry, time: -5, response: { ...entry.response, status: -1 } }],
  ])('may have an entry %s', (_what, hostile) => {
    for (const event of read(archive(hostile, entry))) {
      const row = toRow(event);
      expect(new Date(row?.at ?? 0).toISOString()).toBeTruthy();
      expect(JSON.stringify(event)).not.toContain('null');
    }
    expect(read(archive(hostile, entry)).length).toBeGreaterThan(0);
  });

  test.each([
    ['a note without end', { kind: 'note', text: 'x'.repeat(1_000_000) }],
    ['an exchange of nothing', { kind: 'exchange', exchange: { request: {}, outcome: {} } }],
    ['a message of the wrong types', { kind: 'message', message: { kind: 5, id: {}, size: 'x', text: [] } }],
    ['a span that names nothing', { kind: 'span', started: { id: 5, target: {} } }],
    [
      'header fields that are none',
      {
        kind: 'exchange',
        exchange: { request: { headers: [5, ['a'], [1, 2]] }, outcome: { kind: 'answered', headers: {} } },
      },
    ],
  ])('may hold %s', (_what, event) => {
    const [found] = read(line({ seq: 1, at: 1e300, span: 's', ...event }));
    expect(found?.at).toBe(0);
    expect(JSON.stringify(found).length).toBeLessThan(20_000);
    expect(() => found && toRow(found)).not.toThrow();
  });

  test('gives two entries of one id two ids', () => {
    const twice = archive({ ...entry, _exchange: 'x1' }, { ...entry, _exchange: 'x1' });
    const ids = read(twice).map(event => event.kind === 'exchange' && event.exchange.id);
    expect(ids).toEqual(['x1', 'har-2']);
  });
});
