import { expect, test } from 'vitest';
import { codes, finding } from '../support/examination.ts';
import { type Happened, recordedAs } from '../support/recorded.ts';

const form = (members: Record<string, string>) => new URLSearchParams(members).toString();
const refresh = (
  token: string,
  status: number,
  error = 'invalid_grant',
  more: Partial<Happened> = {},
): Happened => ({
  purpose: 'refresh',
  status,
  asked: form({ grant_type: 'refresh_token', refresh_token: token, client_id: 'c1' }),
  answered: status === 200 ? '{"token_type":"Bearer"}' : JSON.stringify({ error }),
  ...more,
});
const redeem = (more: Partial<Happened> = {}): Happened => ({
  purpose: 'token',
  asked: form({
    grant_type: 'authorization_code',
    code: '[redacted 43 #aaaaaa]',
    client_id: 'c1',
    resource: 'https://mcp.example/mcp',
  }),
  answered: '{"token_type":"Bearer"}',
  ...more,
});
const A = '[redacted 40 #aaaaaa]';
const B = '[redacted 40 #bbbbbb]';
const call = (status: number, more: Partial<Happened> = {}): Happened => ({
  status,
  sent: { authorization: 'Bearer [redacted 40 #cccccc]' },
  ...more,
});
const json = { 'content-type': 'application/json' };

test('nothing is found in a trace in which all went well', () => {
  const examination = recordedAs(redeem(), call(200), refresh(A, 200), call(200), refresh(B, 200));
  expect(codes(examination)).toEqual([]);
});

test('TOK-21: a refresh token that was used twice is found; LIFE-05 stands under it', () => {
  const found = finding(recordedAs(refresh(A, 200), refresh(A, 400)), 'TOK-21');
  expect(found?.evidence).toEqual(['e1', 'e2']);
  expect(found?.consequences.map(({ code }) => code)).toEqual(['LIFE-05']);
  expect(codes(recordedAs(refresh(A, 200), refresh(B, 400)))).not.toContain('TOK-21');
});

test('TOK-22: a renewal that leaves the resource out and is refused is found', () => {
  expect(codes(recordedAs(redeem(), refresh(A, 400, 'invalid_target')))).toContain('TOK-22');
  expect(codes(recordedAs(redeem(), refresh(A, 400, 'invalid_grant')))).not.toContain('TOK-22');
});

test('MCP-04: a session that is lost soon is worse than one that ended, and 400 is the wrong answer', () => {
  const session = { 'mcp-session-id': '[redacted 36 #dddddd]' };
  const use = (at: number, status: number, answered = '') => call(status, { at, sent: session, answered });
  expect(finding(recordedAs(use(0, 200), use(20, 404)), 'MCP-04')?.severity).toBe('fragile');
  expect(finding(recordedAs(use(0, 200), use(7200, 404)), 'MCP-04')?.severity).toBe('note');
  const wrong = recordedAs(use(0, 200), use(7200, 400, '{"error":{"message":"Session not found"}}'));
  expect(finding(wrong, 'MCP-04')?.severity).toBe('fragile');
  expect(codes(recordedAs(use(0, 200), call(404)))).not.toContain('MCP-04');
});

test('MCP-06: streams that end alike are cut by a proxy; streams of different lengths are not', () => {
  const stream = (cutAfter: number): Happened => ({
    purpose: 'mcp-stream',
    method: 'GET',
    headers: { 'content-type': 'text/event-stream' },
    cutAfter,
  });
  expect(finding(recordedAs(stream(60), stream(60.4)), 'MCP-06')?.title).toContain('60 seconds');
  expect(codes(recordedAs(stream(60), stream(200)))).not.toContain('MCP-06');
  expect(codes(recordedAs(stream(60)))).not.toContain('MCP-06');
});

test('MCP-09: a server that lacks the new key is found', () => {
  const said = (text: string) =>
    recordedAs(call(401, { headers: json, answered: JSON.stringify({ error: text }) }));
  expect(codes(said("Unable to find a signing key that matches: 'k2'"))).toContain('MCP-09');
  expect(codes(said('kid not found in JWKS'))).toContain('MCP-09');
  expect(codes(said('token expired'))).not.toContain('MCP-09');
});

test('CB-11: a code that was redeemed twice is found', () => {
  const again = redeem({ status: 400, answered: '{"error":"invalid_grant"}' });
  expect(codes(recordedAs(again, again))).toContain('CB-11');
  expect(codes(recordedAs(again))).not.toContain('CB-11');
});

test('LIFE-01: a client that was known and is not any more is found', () => {
  const found = finding(recordedAs(redeem(), refresh(A, 401, 'invalid_client')), 'LIFE-01');
  expect(found?.title).toContain('c1');
  expect(codes(recordedAs(refresh(A, 401, 'invalid_client')))).not.toContain('LIFE-01');
});

test('LIFE-02: a dead refresh token that is tried again and again is found', () => {
  const dead = refresh(A, 400);
  expect(codes(recordedAs(dead, dead, dead))).toContain('LIFE-02');
  expect(codes(recordedAs(dead, redeem(), dead, dead))).not.toContain('LIFE-02');
  expect(codes(recordedAs(dead, dead))).not.toContain('LIFE-02');
});

test('LIFE-03: a server that names another authorization server than before is found', () => {
  const names = (...authorization_servers: string[]): Happened => ({
    purpose: 'resource-metadata',
    method: 'GET',
    headers: json,
    answered: JSON.stringify({ resource: 'https://mcp.example/mcp', authorization_servers }),
  });
  expect(codes(recordedAs(names('https://a.example'), names('https://b.example')))).toContain('LIFE-03');
  const kept = recordedAs(names('https://a.example'), names('https://b.example', 'https://a.example'));
  expect(codes(kept)).not.toContain('LIFE-03');
});

test('LIFE-04: a token that worked, is refused, and that nobody renews is found', () => {
  const calls = [call(200), call(401), call(401), call(401)];
  expect(codes(recordedAs(...calls))).toContain('LIFE-04');
  expect(codes(recordedAs(call(200), call(401), refresh(A, 200), call(401), call(401)))).not.toContain(
    'LIFE-04',
  );
  expect(codes(recordedAs(call(401), call(401), call(401)))).not.toContain('LIFE-04');
});
