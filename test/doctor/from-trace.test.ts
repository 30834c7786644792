import { expect, test } from 'vitest';
import { fromTrace } from '../../src/doctor/from-trace.ts';
import type { Exchange } from '../../src/trace/event.ts';
import { loadTrace } from '../../src/trace/file.ts';
import { toHar } from '../../src/trace/har.ts';
import { codes, SERVER } from '../support/examination.ts';
import { traceText } from '../support/recorded.ts';

const REUSED = ['200', '400'].map(status => ({
  purpose: 'refresh' as const,
  status: Number(status),
  asked: 'grant_type=refresh_token&refresh_token=[redacted 40 #aaaaaa]&client_id=c1',
  answered: status === '200' ? '{}' : '{"error":"invalid_grant"}',
}));

test('the server is read off the calls of a trace, unless the user names it', () => {
  expect(fromTrace(traceText([...REUSED, {}])).target).toBe(SERVER);
  expect(fromTrace(traceText(REUSED), new URL('https://other.example/')).target).toBe(
    'https://other.example/',
  );
  expect(() => fromTrace(traceText(REUSED))).toThrow('no call to a server');
});

test('what is no trace is refused', () => {
  expect(() => fromTrace('{"some":"file"}')).toThrow('neither a trace');
});

test('an archive written of a trace says the same as the trace', () => {
  const text = traceText([{}, ...REUSED]);
  const archive = JSON.stringify(toHar(loadTrace(text)));
  expect(codes(fromTrace(archive))).toEqual(codes(fromTrace(text)));
  expect(codes(fromTrace(archive))).toContain('TOK-21');
});

test('a body of which an archive has only the beginning is known as that', () => {
  const event = (cut: boolean) => {
    const [first] = loadTrace(traceText([{ asked: '{"a":', answered: '{"b":' }])).filter(
      ({ kind }) => kind === 'exchange',
    );
    if (first?.kind !== 'exchange' || first.exchange.outcome.kind !== 'answered')
      throw new Error('unreachable');
    const { request, outcome } = first.exchange;
    const body = (text: string) => ({ size: 100, text, cut });
    const exchange = {
      ...first.exchange,
      request: { ...request, body: body('{"a":') },
      outcome: { ...outcome, body: body('{"b":') },
    };
    return { ...first, exchange };
  };
  for (const cut of [true, false]) {
    const { exchanges } = fromTrace(JSON.stringify(toHar([event(cut)])));
    const [{ request, outcome }] = Object.values(exchanges) as [Exchange];
    expect(request.body?.cut).toBe(cut);
    expect(outcome).toMatchObject({ body: { cut } });
  }
});

test('an archive of another program is redacted, and told what each request was for', () => {
  const entry = (url: string, text: string, status: number, answer: string) => ({
    startedDateTime: '2026-11-20T10:00:00Z',
    time: 5,
    request: {
      method: 'POST',
      url,
      headers: [{ name: 'Authorization', value: 'Bearer a-token-that-must-stay-secret-1' }],
      postData: { mimeType: 'application/x-www-form-urlencoded', text },
    },
    response: { status, headers: [], content: { text: answer } },
  });
  const secret = 'a-refresh-token-that-must-stay-secret-2';
  const asked = `grant_type=refresh_token&refresh_token=${secret}`;
  const entries = [
    entry(SERVER, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', 200, '{}'),
    entry('https://as.example/token', asked, 200, '{"access_token":"another-token-that-must-stay-secret-3"}'),
    entry('https://as.example/token', asked, 400, '{"error":"invalid_grant"}'),
  ];
  const examination = fromTrace(JSON.stringify({ log: { version: '1.2', entries } }));
  expect(examination.target).toBe(SERVER);
  expect(Object.values(examination.exchanges).map(({ purpose }) => purpose)).toEqual([
    'mcp',
    'refresh',
    'refresh',
  ]);
  expect(codes(examination)).toContain('TOK-21');
  expect(JSON.stringify(examination)).not.toContain('must-stay-secret');
});
