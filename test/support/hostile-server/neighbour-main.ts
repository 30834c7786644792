import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The neighbour of a hostile server, in a process of its own: a well-behaved MCP server, and a host that asks it
 * for one echo after the other. Told over IPC what to do; ends with its parent.
 */
export type NeighbourQuestion =
  /** Starts the host's bridge: these arguments for Node, in this environment. */
  | { start: { args: string[]; env: Record<string, string>; broker: number } }
  /** Echoes are counted from now on. */
  | { begin: true }
  /** Waits for the echo under way, so long at most, and says what was counted. */
  | { report: number }
  | { leave: true };

/** An echo. Milliseconds. */
export interface Echo {
  /** On the clock of `process.hrtime`, which all processes of a machine share. */
  at: number;
  took: number;
  /** What of it was not waited for a processor that others had. */
  late: number;
}

export interface NeighbourReport {
  echoes: Echo[];
  /** The echo under way has no answer yet. */
  silent: boolean;
  /** Answers that nobody had asked for, a second answer among them, and wrong ones. */
  wrong: number;
}

/** Milliseconds between an answer and the next request. */
const PAUSE = 3;
const clock = () => Number(process.hrtime.bigint()) / 1e6;

/** Milliseconds the main threads of these processes have waited for a processor; 0 where the system does not say. */
function waited(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1] ?? 0) / 1e6;
    } catch {
      // It has ended, or this is another system.
    }
  }
  return sum;
}

const server = createServer(async (req, res) => {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  const { id, method, params } = req.method === 'POST' ? JSON.parse(Buffer.concat(pieces).toString()) : {};
  if (id === undefined) return void res.writeHead(req.method === 'POST' ? 202 : 405).end();
  const result =
    method === 'initialize'
      ? {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'good', version: '1' },
        }
      : { content: [{ type: 'text', text: params?.arguments?.text }] };
  res.writeHead(200, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
});
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;

interface Answer {
  id?: number;
  result?: { content?: { text?: string }[] };
}

function startHost({ args, env, broker }: { args: string[]; env: Record<string, string>; broker: number }) {
  const child = spawn(process.execPath, [...args, url], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  let line = '';
  let count = 0;
  let waiting: { id: number; resolve: (answer: Answer) => void } | undefined;
  let wrong = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    line += chunk;
    for (let end = line.indexOf('\n'); end >= 0; end = line.indexOf('\n')) {
      const answer = JSON.parse(line.slice(0, end)) as Answer;
      line = line.slice(end + 1);
      if (answer.id !== waiting?.id) wrong++;
      else {
        const { resolve } = waiting as NonNullable<typeof waiting>;
        waiting = undefined;
        resolve(answer);
      }
    }
  });
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = (method: string, params: object) =>
    new Promise<Answer>(resolve => {
      waiting = { id: ++count, resolve };
      say({ id: count, method, params });
    });
  const pids = [process.pid, child.pid ?? 0, broker];
  let echoes: Echo[] = [];
  let sent = 0;
  let left = false;
  const go = async () => {
    while (!left) {
      const text = `echo ${count}`;
      const before = waited(pids);
      sent = clock();
      const answer = await ask('tools/call', { name: 'echo', arguments: { text } });
      const took = clock() - sent;
      if (answer.result?.content?.[0]?.text !== text) wrong++;
      echoes.push({ at: sent, took, late: Math.max(0, took - (waited(pids) - before)) });
      await sleep(PAUSE);
    }
  };
  return {
    async greet() {
      const clientInfo = { name: 'neighbour', version: '1' };
      await ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
      say({ method: 'notifications/initialized' });
      void go();
    },
    begin() {
      echoes = [];
      wrong = 0;
    },
    async report(limit: number): Promise<NeighbourReport> {
      const asked = clock();
      while ((echoes.at(-1)?.at ?? 0) < asked && clock() - asked < limit) await sleep(5);
      return { echoes, silent: (echoes.at(-1)?.at ?? 0) < asked, wrong };
    },
    leave() {
      left = true;
      child.kill('SIGKILL');
    },
  };
}

let host: ReturnType<typeof startHost> | undefined;

process.on('message', async (question: NeighbourQuestion) => {
  if ('start' in question) {
    host?.leave();
    host = startHost(question.start);
    await host.greet();
    process.send?.('started');
  } else if ('begin' in question) {
    host?.begin();
    process.send?.('begun');
  } else if ('report' in question) process.send?.(await host?.report(question.report));
  else {
    host?.leave();
    host = undefined;
    process.send?.('left');
  }
});
process.on('disconnect', () => process.exit());
