import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { LabMcpServer } from '../../src/lab/mcp-server.ts';
import { textIn } from './equipped.ts';
import { type Installation, until } from './keybridge.ts';
import { faultIn, type Heard, type RawHost, rawHost } from './raw-host.ts';

/** A host that makes many calls, and counts the answers to each. */
export interface Caller {
  host: RawHost;
  /** The answers heard so far, by the id of the request. */
  answers: Map<unknown, Heard[]>;
  /** Calls a tool under an id that no other call has; resolves with the first answer. */
  call(id: string, name: string, args: Record<string, unknown>): Promise<Heard>;
  /** Has `echo` say the id. */
  echo(id: string): Promise<Heard>;
}

/** Connects so many hosts to a server, the first of which signs in. */
export async function callers(installation: Installation, url: string, count: number): Promise<Caller[]> {
  const first = rawHost(installation, [url]);
  await first.initialize();
  await first.ask('tools/list');
  const others = Array.from({ length: count - 1 }, () => rawHost(installation, [url]));
  await Promise.all(others.map(host => host.initialize()));
  return [first, ...others].map(caller);
}

function caller(host: RawHost): Caller {
  const answers: Caller['answers'] = new Map();
  const waiting = new Map<unknown, (answer: Heard) => void>();
  let rest = '';
  host.child.stdout?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as Heard;
      if (message.method !== undefined) continue;
      answers.set(message.id, [...(answers.get(message.id) ?? []), message]);
      waiting.get(message.id)?.(message);
    }
  });
  const call: Caller['call'] = (id, name, args) =>
    new Promise(resolve => {
      waiting.set(id, resolve);
      host.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
    });
  return { host, answers, call, echo: id => call(id, 'echo', { text: id }) };
}

/** Calls of every host, one after the other in each of `abreast` rows, while `go` allows another. */
export async function keepCalling(
  those: readonly Caller[],
  abreast: number,
  go: (begun: number) => boolean,
): Promise<string[]> {
  const ids: string[] = [];
  const row = async ({ echo }: Caller) => {
    while (go(ids.length)) {
      const id = `call ${ids.length}`;
      ids.push(id);
      await echo(id);
    }
  };
  await Promise.all(those.flatMap(each => Array.from({ length: abreast }, () => row(each))));
  return ids;
}

/** What a server says of itself reaches each of the hosts, once their streams are there. */
export async function expectNews(those: readonly Caller[], mcp: LabMcpServer): Promise<void> {
  const news = ({ host }: Caller) =>
    host.heard().filter(({ method }) => method === 'notifications/tools/list_changed').length;
  const before = those.map(news);
  const isHeard = async (each: Caller, index: number) => {
    const heard = news(each) > (before[index] ?? 0);
    // Said again: what came before the stream is lost.
    if (!heard) await mcp.addTool('grown');
    await wait(100);
    return heard;
  };
  for (const [index, each] of those.entries())
    await until('the news is heard', () => isHeard(each, index), 15_000);
}

/**
 * Each host still works, and each of these calls of `echo` was answered once: by what it was to say, or by
 * a Fault of one of these codes. Answers how many Faults there were of each.
 */
export async function expectOneAnswerEach(
  those: readonly Caller[],
  ids: readonly string[],
  codes: readonly string[],
): Promise<Record<string, number>> {
  for (const { host } of those) {
    // What was wrong may only be noticed by the next call.
    await host.call('echo', { text: 'afterwards' });
    expect(textIn(await host.call('echo', { text: 'afterwards' }))).toBe('afterwards');
  }
  const count: Record<string, number> = {};
  for (const id of ids) {
    const [answer, ...more] = those.flatMap(({ answers }) => answers.get(id) ?? []);
    expect([id, answer === undefined, more]).toEqual([id, false, []]);
    if (answer?.result) {
      expect(textIn(answer)).toBe(id);
      continue;
    }
    const code = faultIn(answer as Heard)?.code ?? 'none';
    expect(codes, JSON.stringify(answer)).toContain(code);
    count[code] = (count[code] ?? 0) + 1;
  }
  return count;
}
