import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { DialRequest } from '../../src/base/world.ts';
import { answered, kinds, recording, theExchange } from '../support/recording.ts';

const URL_ = 'https://server.example/mcp';
const get = { method: 'GET', url: URL_, headers: [] };
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a recorded request', () => {
  it('is pending, then answered, then answered with its body', async () => {
    const { root, trace, clock } = recording(() => {
      clock.now += 40;
      return answered({ status: 201, headers: [['Content-Type', 'text/plain']], body: 'hello' });
    });
    const states: unknown[] = [];
    trace.subscribe(event => event.kind === 'exchange' && states.push(event.exchange));
    const { response, exchange } = await root.fetch('probe', { ...get, headers: [['Accept', 'text/plain']] });
    clock.now += 60;
    expect(await response.text()).toBe('hello');

    expect(states).toMatchObject([
      { id: exchange, purpose: 'probe', startedAt: 1_000, outcome: { kind: 'pending' }, timing: {} },
      { outcome: { kind: 'answered', status: 201 }, timing: { head: 40 } },
      {
        outcome: { body: { size: 5, text: 'hello', cut: false }, complete: true },
        timing: { head: 40, end: 100 },
      },
    ]);
    expect(theExchange(trace)).toMatchObject({
      request: { method: 'GET', url: URL_, headers: [['Accept', 'text/plain']] },
      outcome: { headers: [['Content-Type', 'text/plain']] },
      connection: { address: '192.0.2.7' },
    });
  });

  it('goes out exactly as it was asked for, secrets and all', async () => {
    let sent: DialRequest | undefined;
    const { root } = recording(request => {
      sent = request;
      return answered({ body: null });
    });
    const body = bytes('client_secret=abc');
    const headers = [['Authorization', 'Bearer abc']] as const;
    const signal = new AbortController().signal;
    const request = {
      method: 'POST',
      url: `${URL_}?code=1`,
      headers,
      body,
      signal,
      reach: 'public',
      headTimeout: 5,
    } as const;
    await root.fetch('token', { ...request, secretHeaders: ['x'] });
    expect(sent).toEqual(request);
  });

  it('hands back status, fields and body unchanged', async () => {
    const secret = '{"access_token":"very-secret-token"}';
    const { root, trace } = recording(() =>
      answered({
        status: 400,
        headers: [
          ['Set-Cookie', 'a=1234567'],
          ['set-cookie', 'b=2345678'],
        ],
        body: secret,
      }),
    );
    const { response, headers } = await root.fetch('token', get);
    expect(response.status).toBe(400);
    expect(response.headers.getSetCookie()).toEqual(['a=1234567', 'b=2345678']);
    expect(headers).toEqual([
      ['Set-Cookie', 'a=1234567'],
      ['set-cookie', 'b=2345678'],
    ]);
    expect(await response.text()).toBe(secret);
    expect(JSON.stringify(trace.since())).not.toMatch(/very-secret|1234567|2345678/);
  });

  it.each([204, 304])('has no body when the status %i says so', async status => {
    const { root, trace } = recording(() => answered({ status }));
    const { response } = await root.fetch('probe', get);
    expect(response.body).toBeNull();
    expect(theExchange(trace)).toMatchObject({ outcome: { status, complete: true }, timing: { end: 0 } });
  });

  it('keeps the beginning of a long body and its whole size', async () => {
    const chunk = bytes('0123456789abcdef'.repeat(1024));
    const chunks = 100;
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (pulled++ === chunks) controller.close();
          else controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    );
    const { root, trace } = recording(() => answered({ body }));
    const { response } = await root.fetch('mcp', get);
    expect(pulled).toBe(0);
    expect((await response.bytes()).byteLength).toBe(chunk.byteLength * chunks);
    const { outcome } = theExchange(trace);
    expect(outcome).toMatchObject({ complete: true, body: { size: chunk.byteLength * chunks, cut: true } });
    expect(outcome.kind === 'answered' && outcome.body?.text).toHaveLength(64 * 1024);
  });

  it('reads a body no faster than its reader', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      { pull: controller => controller.enqueue(bytes(`chunk ${pulled++} `)) },
      { highWaterMark: 0 },
    );
    const { root, trace } = recording(() => answered({ body }));
    const { response } = await root.fetch('mcp-stream', get);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.read();
    expect(pulled).toBe(2);
    await reader.cancel();
    expect(theExchange(trace).outcome).toMatchObject({ complete: false, body: { text: 'chunk 0 chunk 1 ' } });
  });

  it('passes on why its reader stopped', async () => {
    const reasons: unknown[] = [];
    const body = new ReadableStream<Uint8Array>({
      cancel(reason) {
        reasons.push(reason);
      },
    });
    const { root, trace } = recording(() => answered({ body }));
    const { response } = await root.fetch('mcp-stream', get);
    await response.body?.cancel('enough');
    expect(reasons).toEqual(['enough']);
    expect(theExchange(trace).outcome).toMatchObject({ complete: false, body: { size: 0 } });
  });

  it('says when the body broke off, and the reader hears why', async () => {
    const broken = new Fault('net.failed', 'The connection was lost.');
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: controller =>
        pulled++ ? controller.error(broken) : controller.enqueue(bytes('{"access_token":"abcdefg')),
    });
    const { root, trace } = recording(() => answered({ body }));
    const { response } = await root.fetch('token', get);
    await expect(response.text()).rejects.toBe(broken);
    expect(theExchange(trace).outcome).toMatchObject({ complete: false, body: { size: 24, cut: false } });
    expect(JSON.stringify(trace.since())).not.toContain('abcdefg');
  });

  it('does not cut a character in two', async () => {
    const text = `${'x'.repeat(64 * 1024 - 1)}ü`;
    const { root, trace } = recording(() => answered({ body: text }));
    const { response } = await root.fetch('mcp', get);
    await response.text();
    const { outcome } = theExchange(trace);
    expect(outcome.kind === 'answered' && outcome.body?.text.at(-1)).toBe('x');
  });

  it('keeps no text of what is none', async () => {
    const { root, trace } = recording(() =>
      answered({ headers: [['content-type', 'image/png']], body: 'png' }),
    );
    const { response } = await root.fetch('mcp', get);
    await response.bytes();
    expect(theExchange(trace).outcome).toMatchObject({ body: { size: 3, text: '', cut: true } });
  });

  it('fails with the very fault, and the trace has it without secrets', async () => {
    const fault = new Fault('net.refused', 'Could not ask https://a.example/?code=abc.', {
      remedy: 'Start it.',
      evidence: ['token=abc'],
      data: { link: 'https://a.example/?state=abc' },
    });
    const { root, trace, clock } = recording(() => {
      clock.now += 7;
      throw fault;
    });
    await expect(root.fetch('probe', get)).rejects.toBe(fault);
    const { outcome, timing } = theExchange(trace);
    expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'net.refused', remedy: 'Start it.' } });
    expect(JSON.stringify(outcome)).not.toContain('abc');
    expect(timing).toEqual({ end: 7 });
  });

  it('that is aborted rejects with the reason and is recorded as cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('the host went away');
    const { root, trace } = recording(async request => {
      controller.abort(reason);
      request.signal?.throwIfAborted();
      return answered({});
    });
    await expect(root.fetch('mcp', { ...get, signal: controller.signal })).rejects.toBe(reason);
    expect(theExchange(trace).outcome).toMatchObject({ kind: 'failed', fault: { code: 'cancelled' } });
  });
});

describe('a span', () => {
  it('writes down its name, its children and whose an event is', async () => {
    const { root, trace } = recording(() => answered({}), { name: 'broker' });
    const child = root.span('sign-in');
    child.note('It begins.');
    await child.fetch('probe', get);
    expect(kinds(trace.since())).toEqual(['span', 'span', 'note', 'answered']);
    expect(trace.since()).toMatchObject([
      { span: root.id, started: { id: root.id, name: 'broker' } },
      { span: child.id, started: { id: child.id, name: 'sign-in', parent: root.id } },
      { span: child.id, text: 'It begins.' },
      { span: child.id },
    ]);
  });

  it('records messages cut to a bounded length, with their whole size', () => {
    const { root, trace } = recording(() => answered({}));
    const long = bytes(JSON.stringify({ jsonrpc: '2.0', id: 1, result: 'y'.repeat(100_000) }));
    root.message('to-host', long, { kind: 'response', id: '1' });
    root.message('from-host', bytes('{}'), { kind: 'request', id: '"a"', method: 'ping' });
    const [, first, second] = trace.since();
    expect(first).toMatchObject({ message: { size: long.byteLength, cut: true, id: '1' } });
    expect(first?.kind === 'message' && first.message.text.length).toBe(16 * 1024);
    expect(second).toMatchObject({
      message: {
        direction: 'from-host',
        kind: 'request',
        id: '"a"',
        method: 'ping',
        size: 2,
        text: '{}',
        cut: false,
      },
    });
  });

  it('replaces what it is told is a secret, in every span from then on', async () => {
    const { root, trace } = recording(() => answered({ body: 'you sent s3cr3t-value' }));
    root.span('one').secret('s3cr3t-value');
    const other = root.span('two');
    other.note('s3cr3t-value');
    other.message('to-host', bytes('"s3cr3t-value"'), { kind: 'notification' });
    const { response } = await other.fetch('mcp', { ...get, url: `${URL_}/s3cr3t-value` });
    await response.text();
    other.span('s3cr3t-value');
    expect(JSON.stringify(trace.since())).not.toContain('s3cr3t');
  });

  it('gives exchanges of several recorders on one trace ids of their own', async () => {
    const one = recording(() => answered({}));
    const two = recording(() => answered({}), { trace: one.trace });
    const first = await one.root.fetch('probe', get);
    const second = await two.root.fetch('probe', get);
    expect(first.exchange).not.toBe(second.exchange);
    expect(one.trace.since().filter(event => event.kind === 'exchange')).toHaveLength(2);
  });
});
