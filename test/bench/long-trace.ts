import { serveApi } from '../../src/api/rpc.ts';
import { type Snapshot, WINDOW } from '../../src/api/window.ts';
import { serveWindow } from '../../src/node/window-http.ts';
import { openTrace } from '../../src/trace/record.ts';
import { Trace } from '../../src/trace/trace.ts';
import { TraceRoom } from '../../src/window/trace-room.ts';

const encoder = new TextEncoder();
const SNAPSHOT: Snapshot = {
  seq: 1,
  broker: { version: '0', pid: 0, startedAt: 0, home: '', kind: 'headless' },
  vault: { kind: 'memory', state: 'open' },
  servers: [],
  lab: [],
  preferences: { theme: 'light', language: 'en', log: 'off', welcomed: true },
  network: { proxies: [] },
  callback: {},
};

/** A trace of so many events, as bridges to several servers write it: calls, each with its request and its answer. */
export async function longTrace(events: number): Promise<{ trace: Trace; add(): Promise<void> }> {
  let now = Date.UTC(2026, 0, 1);
  const dial = async () => {
    now += 7;
    const body = `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"${'word '.repeat(20)}"}]}}`;
    const headers = [['content-type', 'application/json']] as const;
    return {
      response: new Response(body, { headers: { 'content-type': 'application/json' } }),
      ...{ headers, connection: { reused: true } },
    };
  };
  const trace = new Trace();
  const { root } = openTrace({ dial, now: () => now }, { trace });
  const spans = Array.from({ length: 5 }, (_, n) => {
    const server = `https://server-${n}.example/mcp`;
    return root.span(`bridge to server-${n}.example`, { server, profile: 'default' });
  });
  let count = 0;
  const add = async () => {
    const span = spans[count % spans.length] ?? root;
    const id = String(++count);
    const call = encoder.encode(
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"tool-${count % 40}"}}`,
    );
    span.message('from-host', call, { kind: 'request', id, method: 'tools/call' });
    const { response } = await span.fetch(count % 200 === 0 ? 'refresh' : 'mcp', {
      method: 'POST',
      url: `https://server-${count % spans.length}.example/mcp/${count}`,
      headers: [
        ['accept', 'application/json, text/event-stream'],
        ['authorization', `Bearer a-token-that-is-long-enough-${count % 7}`],
        ['mcp-session-id', 'a-session-id-that-is-long-enough'],
      ],
      body: call,
    });
    const answer = await response.bytes();
    now += 3;
    span.message('to-host', answer, { kind: 'response', id });
  };
  // Of a call three events stay: the request, the exchange and the answer.
  while (trace.dropped === 0 && count * 3 < events) await add();
  return { trace, add };
}

/** Serves the built window over a trace, with nothing else behind it. */
export function serveTrace(trace: Trace) {
  const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
  const room = new TraceRoom({ broker: { recorded: trace }, world: { sleep }, version: '0' });
  const api = {
    async *watch() {
      yield SNAPSHOT;
      await new Promise(() => {});
    },
    events: () => room.events(),
    event: (seq: number) => room.event(seq),
    exchange: (id: string) => room.exchange(id),
    search: (text: string) => room.search(text),
  };
  return serveWindow({
    secret: crypto.getRandomValues(new Uint8Array(32)),
    port: 0,
    serve: port => serveApi(api, port, WINDOW),
    changed: () => {},
  });
}
