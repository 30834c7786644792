import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from '../keybridge.ts';
import type { Deed } from './conversation.ts';
import { jsonText } from './material.ts';

/** A host that counts: it keeps no message, so that a flood costs it little. */
export interface CountingHost {
  /** `initialize`, `notifications/initialized`, then the deeds one after the other. */
  act(deeds: readonly Deed[]): Promise<void>;
  /** Sends one request, and resolves with its answer's text; `undefined` when the bridge ends without one. */
  ask(method: string, params?: string): Promise<string | undefined>;
  /** `refused`: answers that were errors; `refusal`: the first of them. */
  readonly heard: { messages: number; bytes: number; refused: number; refusal?: string };
  /** Lines it has sent. */
  readonly said: number;
  /** Requests without an answer so far. */
  readonly open: number;
  /** Closes the bridge's input, waits for its end, and says what is wrong with the answers. */
  leave(): Promise<string[]>;
}

/** Of a line beyond this only the beginning is kept. Bytes. */
const LONGEST = 1024 * 1024;
const HEAD = 512;
/** Milliseconds a host gives a server to answer `initialize` before it goes on all the same. */
const PATIENCE = 400;
/** Milliseconds a bridge has to end once its input has: its last answers, and what is still to be read. */
const FAREWELL = 45_000;

let hosts = 0;

export function countingHost(installation: Pick<Installation, 'start'>, url: string): CountingHost {
  const child = installation.start([url, '--silent']);
  const name = `h${++hosts}`;
  const wrong: string[] = [];
  const asked = new Map<string, { answers: number; cancelled: boolean }>();
  const waiting = new Map<string, (line: string | undefined) => void>();
  const heard: CountingHost['heard'] = { messages: 0, bytes: 0, refused: 0 };
  let open = 0;
  let count = 0;
  let said = 0;
  child.stderr?.resume();
  child.stdin?.on('error', () => {});
  const ended = once(child, 'close');

  const newId = () => {
    const id = `${name}-${++count}`;
    asked.set(id, { answers: 0, cancelled: false });
    open++;
    return id;
  };
  const write = (line: string) => {
    said++;
    return child.stdin?.write(`${line}\n`) ?? true;
  };
  const send = async (lines: readonly string[]) => {
    let hasRoom = true;
    for (const line of lines) hasRoom = write(line);
    if (!hasRoom && child.stdin?.writableNeedDrain)
      await Promise.race([once(child.stdin, 'drain').catch(() => {}), ended, sleep(2_000)]);
  };

  const answered = (id: unknown, line: string) => {
    const known = typeof id === 'string' ? asked.get(id) : undefined;
    if (!known) {
      if (id !== null) wrong.push(`an answer to ${JSON.stringify(id)?.slice(0, 60)}, which was never asked`);
      return;
    }
    if (known.answers++ === 0 && !known.cancelled) open--;
    if (known.answers === 2) wrong.push(`a second answer to ${id}`);
    waiting.get(id as string)?.(line);
    waiting.delete(id as string);
  };

  const take = (line: Buffer, length: number) => {
    heard.messages++;
    heard.bytes += length;
    const head = line.subarray(0, HEAD).toString();
    if (head.startsWith('{"jsonrpc":"2.0","method":')) return;
    if (length > LONGEST) {
      const id = /^\{"jsonrpc":"2\.0","id":"([^"]+)","(?:result|error)"/.exec(head)?.[1];
      if (id !== undefined) answered(id, head);
      return;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(line.toString());
    } catch {
      wrong.push(`a line that is not JSON: ${head.slice(0, 80)}`);
      return;
    }
    for (const each of Array.isArray(parsed) ? parsed : [parsed]) {
      const message = each as { id?: unknown; method?: unknown; error?: unknown };
      if (message.error !== undefined) {
        heard.refused++;
        heard.refusal ??= line.subarray(0, HEAD).toString();
      }
      if (message.method === undefined) answered(message.id, line.toString());
    }
  };

  let parts: Buffer[] = [];
  let length = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end);
      const line = parts.length === 0 ? last : Buffer.concat([...parts, last]);
      take(line, length + last.length);
      parts = [];
      length = 0;
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    // Its beginning is there when the first of it has come; of the rest only the length counts.
    if (rest.length > 0 && (length < LONGEST || parts.length === 0)) parts.push(rest);
    length += rest.length;
  });

  const request = (method: string, params: string) => {
    const id = newId();
    return { id, line: `{"jsonrpc":"2.0","id":"${id}","method":"${method}","params":${params}}` };
  };

  const ask = (method: string, params = '{}') => {
    const { id, line } = request(method, params);
    const answer = new Promise<string | undefined>(resolve => {
      waiting.set(id, resolve);
      void ended.then(() => resolve(undefined));
    });
    write(line);
    return answer;
  };

  const act = async (deed: Deed) => {
    switch (deed.kind) {
      case 'ask': {
        const params = `{"name":"tool","arguments":{"value":${jsonText(deed.value)}}}`;
        return send(Array.from({ length: deed.times }, () => request(deed.method, params).line));
      }
      case 'cancel': {
        const last = [...asked].findLast(([, each]) => each.answers === 0 && !each.cancelled);
        if (!last) return;
        // It may cross its answer; it need not have one.
        last[1].cancelled = true;
        open--;
        return send([
          `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"${last[0]}"}}`,
        ]);
      }
      case 'line':
        // A place for an id stands for a request that can be read in the line, and is to be answered.
        return send(Array.from({ length: deed.times }, () => deed.text.replaceAll('ID', newId)));
      case 'wait':
        return sleep(deed.milliseconds);
    }
  };

  return {
    heard,
    get open() {
      return open;
    },
    get said() {
      return said;
    },
    ask,
    async act(deeds) {
      const clientInfo = '{"name":"counting","version":"1"}';
      const greeting = ask(
        'initialize',
        `{"protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":${clientInfo}}`,
      );
      await Promise.race([greeting, sleep(PATIENCE)]);
      write('{"jsonrpc":"2.0","method":"notifications/initialized"}');
      for (const deed of deeds) await act(deed);
    },
    async leave() {
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGKILL'), FAREWELL);
      const [, signal] = await ended;
      clearTimeout(late);
      if (signal !== null) wrong.push(`the bridge did not end by itself (${signal})`);
      const without = [...asked].filter(([, { answers, cancelled }]) => answers === 0 && !cancelled);
      if (without.length > 0)
        wrong.push(`no answer to ${without.length} of ${asked.size} requests, ${without[0]?.[0]} the first`);
      return wrong;
    },
  };
}
