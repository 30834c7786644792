import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  type Progress,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import type { LabMcpServer } from '../../src/lab/mcp-server.ts';
import { type Host, type Installation, install, textOf, until } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';

interface Kind {
  name: string;
  options: LabOptions;
  /** What belongs to the answer of a call can be sent before it. */
  streams: boolean;
  /** The server can forget a session, or break a stream, and go on. */
  sessions: boolean;
}

const KINDS: Kind[] = [
  { name: 'Streamable HTTP with event streams', options: {}, streams: true, sessions: true },
  {
    name: 'Streamable HTTP with JSON, opaque tokens and a longer path',
    options: { jsonAnswers: true, accessTokens: 'opaque', path: '/a/b/mcp' },
    streams: false,
    sessions: true,
  },
  { name: 'HTTP+SSE', options: { sse: true }, streams: true, sessions: false },
];

const MEGABYTE = 1024 * 1024;

/** What the tool `big` answers with: lines of their own offsets. */
function bigText(bytes: number): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes; at += 64) lines.push(`${String(at).padStart(63, '.')}\n`);
  return lines.join('').slice(0, bytes);
}

describe.each(KINDS)('through the bridge, a server of $name', ({ options, streams, sessions }) => {
  let lab: Lab;
  let server: LabMcpServer;
  let installation: Installation;
  let host: Host;

  beforeEach(async () => {
    lab = await startLab(options);
    server = lab.sse ?? lab.mcp;
    installation = install();
    host = await installation.host(server.url, {
      client: { capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} } },
    });
    host.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      if (params.mode === 'url') throw new Error('not offered');
      return { action: 'accept', content: { colour: `not ${params.message.length}` } };
    });
    host.client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
      model: 'test',
      role: 'assistant',
      content: { type: 'text', text: `at most ${params.maxTokens}` },
    }));
    host.client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///nowhere' }] }));
  });

  afterEach(async () => {
    await installation.close();
    await lab.close();
  });

  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await host.client.callTool({ name, arguments: args }));

  /** Some of what a server says has no other way to the host. */
  const streamIsOpen = () => until('the stream for notifications is open', () => server.counters.gets > 0);

  it('lists and serves tools, prompts and resources', async () => {
    expect((await host.client.listTools()).tools.map(({ name }) => name)).toContain('whoami');
    expect((await host.client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['greeting']);
    expect((await host.client.getPrompt({ name: 'greeting' })).messages).toHaveLength(1);
    expect((await host.client.listResources()).resources.map(({ uri }) => uri)).toEqual(['lab://readme']);
    const { contents } = await host.client.readResource({ uri: 'lab://readme' });
    expect(contents).toEqual([{ uri: 'lab://readme', mimeType: 'text/plain', text: 'This is the lab.' }]);
    expect(await call('echo', { text: 'é 😀 \u2028 \\ "' })).toBe('é 😀 \u2028 \\ "');
    await expect(host.client.callTool({ name: 'nothing' })).rejects.toThrow('There is no tool of that name');
    expect(installation.tabs()).toHaveLength(1);
    expect(server.counters.sessionsOpened).toBe(1);
  });

  it('answers many calls at once, each to its own', async () => {
    const texts = Array.from({ length: 64 }, (_, index) => `call ${index}`);
    expect(await Promise.all(texts.map(text => call('echo', { text })))).toEqual(texts);
  });

  it('answers 10 MB, and takes and answers 12 MB, without a byte lost', async () => {
    // The official client ends the connection at a line of more than 10 MiB.
    const raw = rawHost(installation, [server.url]);
    await raw.initialize();
    for (const [name, bytes] of [
      ['big', 10 * MEGABYTE],
      ['echo', 12 * MEGABYTE],
    ] as const) {
      const text = bigText(bytes);
      const { result } = await raw.call(name, name === 'big' ? { bytes } : { text });
      expect(textOf(result) === text).toBe(true);
    }
  });

  const itStreams = streams ? it : () => {};
  itStreams('says how far a call is, in order', async () => {
    const seen: Progress[] = [];
    const args = { ms: 300, steps: 3 };
    const answer = await host.client.callTool({ name: 'slow', arguments: args }, undefined, {
      onprogress: progress => seen.push(progress),
    });
    expect(textOf(answer)).toBe('Done in 3 steps.');
    expect(seen.map(({ progress, total }) => [progress, total])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('stops a call that is cancelled', async () => {
    await call('echo', { text: 'first' });
    const abort = new AbortController();
    const slow = host.client.callTool({ name: 'slow', arguments: { ms: 20_000 } }, undefined, {
      signal: abort.signal,
    });
    const ended = slow.then(
      () => 'answered',
      () => 'aborted',
    );
    await until('the call is under way', () => server.counters.toolCalls.slow === 1);
    abort.abort();
    expect(await ended).toBe('aborted');
    await until('the server has stopped it', () => server.counters.cancelled === 1);
    expect(await call('echo', { text: 'next' })).toBe('next');
  });

  it('asks the host for elicitation, sampling and roots, and gets its answers', async () => {
    await call('echo', { text: 'first' });
    await streamIsOpen();
    expect(JSON.parse(await call('ask', { kind: 'elicitation' }))).toMatchObject({
      action: 'accept',
      content: { colour: 'not 25' },
    });
    expect(await call('ask', { kind: 'sampling' })).toContain('at most 16');
    expect(JSON.parse(await call('ask', { kind: 'roots' }))).toEqual({ roots: [{ uri: 'file:///nowhere' }] });
  });

  it('tells the host that its tools have changed', async () => {
    const changes: string[] = [];
    host.client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) => {
      changes.push(method);
    });
    await call('echo', { text: 'first' });
    await streamIsOpen();
    const before = changes.length;
    expect(await call('grow', { name: 'sprout' })).toBe('Added sprout.');
    await until('the host hears of it', () => changes.length > before);
    expect((await host.client.listTools()).tools.map(({ name }) => name)).toContain('sprout');
    expect(await call('sprout')).toBe('This is sprout.');
  });

  it('gets a further sign-in for a tool that needs more rights, with those there were', async () => {
    expect(JSON.parse(await call('whoami'))).toEqual({ account: 'ada', scopes: ['mcp'] });
    const all = await Promise.all([call('admin'), call('admin'), call('echo', { text: 'meanwhile' })]);
    expect(all).toEqual(['You are an administrator.', 'You are an administrator.', 'meanwhile']);
    expect(JSON.parse(await call('whoami')).scopes).toEqual(['mcp', 'mcp:admin']);
    expect(installation.tabs()).toHaveLength(2);
    expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 2 });
  });

  it('has its session ended when the host leaves', async () => {
    await call('echo', { text: 'x' });
    expect(server.counters.sessionsOpen).toBe(1);
    await host.close();
    await until('the session is ended', () => server.counters.sessionsOpen === 0);
    expect(server.counters.deletes).toBe(sessions ? 1 : 0);
    await until('nothing is left open', () => server.counters.answersOpen === 0);
  });

  it('may lose every session; the host goes on and knows nothing of it', async () => {
    const errors: Error[] = [];
    host.client.onerror = error => errors.push(error);
    await call('echo', { text: 'before' });
    await streamIsOpen();
    const opened = server.counters.sessionsOpened;
    expect(await server.loseSessions()).toBe(1);
    const texts = ['one', 'two', 'three'];
    expect(await Promise.all(texts.map(text => call('echo', { text })))).toEqual(texts);
    expect(server.counters.sessionsOpened).toBe(opened + 1);
    // The new session has its stream too.
    const changes: string[] = [];
    host.client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) => {
      changes.push(method);
    });
    await until('the host hears of a change', async () => {
      await server.addTool('sprout');
      return changes.length > 0;
    });
    expect(errors).toEqual([]);
    expect(host.stderr()).not.toMatch(/lost|error/i);
    expect(installation.tabs()).toHaveLength(1);
  });

  const itResumes = streams && sessions ? it : () => {};
  itResumes('may break the stream of an answer; the rest is fetched', async () => {
    const seen: number[] = [];
    const args = { ms: 1_500, steps: 3 };
    const answer = host.client.callTool({ name: 'slow', arguments: args }, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    await until('the call is under way', () => seen.length > 0);
    expect(server.dropStreams()).toBeGreaterThan(0);
    expect(textOf(await answer)).toBe('Done in 3 steps.');
    expect(seen).toEqual([1, 2, 3]);
    expect(server.counters.resumptions).toBeGreaterThan(0);
    expect(server.counters.toolCalls.slow).toBe(1);
  });
});
