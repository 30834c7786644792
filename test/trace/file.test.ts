import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { TraceEvent } from '../../src/trace/event.ts';
import { loadTrace, saveTrace, withoutBodies } from '../../src/trace/file.ts';
import { toHar } from '../../src/trace/har.ts';
import { toText } from '../../src/trace/line.ts';
import { answered, recording } from '../support/recording.ts';

async function sample(): Promise<readonly TraceEvent[]> {
  const { root, trace, clock } = recording(request => {
    clock.now += 20;
    if (request.url.includes('down')) throw new Fault('net.refused', 'Nothing listens at down.example.');
    return answered({
      status: 302,
      headers: [
        ['Content-Type', 'text/html'],
        ['Location', 'https://a.example/?code=abc'],
        ['Set-Cookie', 'sid=12345678; Path=/'],
      ],
      body: '<p>moved</p>',
    });
  });
  root.note('It begins.');
  root.message('from-host', new TextEncoder().encode('{"id":7}'), {
    kind: 'request',
    id: '7',
    method: 'ping',
  });
  const { response } = await root.fetch('token', {
    method: 'POST',
    url: 'https://as.example/token?state=abc&x=1',
    headers: [
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Cookie', 'a=1234; b=5678'],
    ],
    body: new TextEncoder().encode('grant_type=refresh_token'),
  });
  clock.now += 5;
  await response.text();
  await root.fetch('probe', { method: 'GET', url: 'https://down.example/', headers: [] }).catch(() => {});
  return trace.since();
}

describe('a saved trace', () => {
  it('is loaded as it was', async () => {
    const events = await sample();
    expect(loadTrace([...saveTrace(events)].join(''))).toEqual(events);
  });

  it('may have lost the end of its last line', async () => {
    const events = await sample();
    const text = [...saveTrace(events)].join('');
    expect(loadTrace(text.slice(0, -20))).toEqual(events.slice(0, -1));
  });

  it.each([
    ['something else', '{"log":{}}\n', /not a trace/],
    ['nothing', '', /not a trace/],
    ['newer', '{"keybridgeTrace":99}\n', /newer/],
    [
      'damaged',
      '{"keybridgeTrace":1}\n{"seq":1}\n{"seq":2,"at":0,"span":"s","kind":"note","text":""}\n',
      /Line 2/,
    ],
  ])('is refused when it is %s', (_what, text, message) => {
    expect(() => loadTrace(text)).toThrow(
      expect.objectContaining({ code: 'store.damaged', message: expect.stringMatching(message) }),
    );
  });

  it('has sizes and no bodies when it goes to disk unasked', async () => {
    const events = (await sample()).map(withoutBodies);
    expect(events[2]).toMatchObject({ message: { method: 'ping', size: 8, text: '', cut: true } });
    expect(events[3]).toMatchObject({
      exchange: {
        request: { body: { size: 24, text: '', cut: true } },
        outcome: { status: 302, body: { size: 12, text: '', cut: true } },
      },
    });
    expect(JSON.stringify(events)).not.toMatch(/moved|grant_type/);
  });
});

describe('an HTTP archive', () => {
  it('has what HAR 1.2 demands of every entry', async () => {
    const { log } = toHar(await sample(), '1.2.3');
    expect(log).toMatchObject({ version: '1.2', creator: { name: 'Keybridge', version: '1.2.3' } });
    expect(log.entries).toHaveLength(2);
    for (const entry of log.entries) {
      expect(new Date(entry.startedDateTime).toISOString()).toBe(entry.startedDateTime);
      expect(entry).toEqual(
        expect.objectContaining({
          time: expect.any(Number),
          cache: {},
          request: expect.objectContaining({
            method: expect.any(String),
            url: expect.any(String),
            httpVersion: expect.any(String),
            cookies: expect.any(Array),
            headers: expect.any(Array),
            queryString: expect.any(Array),
            headersSize: -1,
            bodySize: expect.any(Number),
          }),
          response: expect.objectContaining({
            status: expect.any(Number),
            statusText: expect.any(String),
            httpVersion: expect.any(String),
            cookies: expect.any(Array),
            headers: expect.any(Array),
            content: expect.objectContaining({ size: expect.any(Number), mimeType: expect.any(String) }),
            redirectURL: expect.any(String),
            headersSize: -1,
            bodySize: expect.any(Number),
          }),
        }),
      );
      // HAR 1.2: send, wait and receive are not optional and not negative; the sum is the time.
      const { send, wait, receive, dns, connect } = entry.timings;
      for (const ms of [send, wait, receive]) expect(ms).toBeGreaterThanOrEqual(0);
      const sum = [send, wait, receive, dns, connect].reduce((total, ms) => total + Math.max(ms, 0), 0);
      expect(sum).toBe(entry.time);
    }
  });

  it('tells purpose, span and times, and no secret', async () => {
    const [first, second] = toHar(await sample()).log.entries;
    expect(first).toMatchObject({
      _purpose: 'token',
      _span: 's1',
      time: 25,
      timings: { connect: 3, wait: 17, receive: 5 },
      serverIPAddress: '192.0.2.7',
      request: {
        cookies: [{ name: 'a' }, { name: 'b' }],
        postData: { mimeType: 'application/x-www-form-urlencoded', text: 'grant_type=refresh_token' },
      },
      response: { status: 302, cookies: [{ name: 'sid' }], content: { size: 12, text: '<p>moved</p>' } },
    });
    expect(first?.request.queryString[0]?.value).toMatch(/^\[redacted 3 #[0-9a-f]{6}\]$/);
    expect(URL.parse(first?.response.redirectURL ?? '')?.hash).toBe('');
    expect(second).toMatchObject({ _error: 'Nothing listens at down.example.', response: { status: 0 } });
    expect(JSON.stringify([first, second])).not.toMatch(/1234|5678|abc&/);
  });
});

describe('a line of text', () => {
  it('says the time, what happened and how it went', async () => {
    const lines = (await sample()).map(event => toText(event).replace(/#[0-9a-f]{6}/, '#……'));
    expect(lines).toEqual([
      '00:00:01.000 s1 begins: keybridge',
      '00:00:01.000 It begins.',
      '00:00:01.000 host → ping id 7 8 B',
      '00:00:01.025 token POST https://as.example/token?state=[redacted 3 #……]&x=1 302 25 ms 12 B',
      '00:00:01.045 probe GET https://down.example/ net.refused 20 ms Nothing listens at down.example.',
    ]);
  });

  it('has colours when asked for them', async () => {
    const [first] = await sample();
    expect(first && toText(first, { colour: true })).toContain('\u001b[2m');
  });

  it('does not let a server steer the terminal', () => {
    const at = { seq: 1, at: 0, span: 's1' };
    const evil = '\u001b[2J\r\nfake line\u202e\u0007';
    const lines = [
      toText({ ...at, kind: 'note', text: evil }),
      toText({
        ...at,
        kind: 'message',
        message: {
          direction: 'to-host',
          kind: 'request',
          method: evil,
          id: evil,
          size: 1,
          text: '',
          cut: false,
        },
      }),
    ];
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}|\u202e/u);
  });
});
