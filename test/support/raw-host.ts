import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FaultJson } from '../../src/base/fault.ts';
import { type Installation, until } from './keybridge.ts';

/** A message as a host reads it. */
export interface Heard {
  id?: string | number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: { keybridge?: FaultJson } };
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A bridge with a host that writes lines as they are and keeps every byte that comes back. */
export interface RawHost {
  readonly child: ChildProcess;
  /** A string goes out as it stands, with a line break behind it. */
  send(message: string | Record<string, unknown>): void;
  /** Sends a request and waits for its answer. */
  ask(method: string, params?: Record<string, unknown>, limit?: number): Promise<Heard>;
  /** Calls a tool and waits for its answer. */
  call(name: string, args?: Record<string, unknown>): Promise<Heard>;
  /** `initialize` and `notifications/initialized`; resolves with the answer to the first. */
  initialize(capabilities?: Record<string, unknown>): Promise<Heard>;
  /** The whole lines of stdout so far. */
  lines(): string[];
  heard(): Heard[];
  /** The first message that fits, waited for. */
  hears(what: string, fits: (message: Heard) => unknown, limit?: number): Promise<Heard>;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when the process has ended and its output is all there. */
  readonly ended: Promise<Ended>;
  /** Closes stdin, as a host does that is done. */
  leave(): Promise<Ended>;
}

/** Starts a bridge. Whatever is still running when the installation is closed is ended then. */
export function rawHost(
  installation: Pick<Installation, 'start'>,
  args: readonly string[],
  env: Record<string, string> = {},
): RawHost {
  const child = installation.start(args, env);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    output.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', chunk => {
    output.stderr += chunk;
  });
  // A bridge that ends by itself need not read what is still being written to it.
  child.stdin?.on('error', () => {});
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal }));
  let count = 0;

  const lines = () => output.stdout.split('\n').slice(0, -1);
  const heard = () => lines().map(line => JSON.parse(line) as Heard);
  const send: RawHost['send'] = message => {
    child.stdin?.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  };
  const hears: RawHost['hears'] = (what, fits, limit) =>
    until(what, () => heard().find(fits), limit).catch(error => {
      throw new Error(`${error.message}\nheard: ${output.stdout}\nstderr: ${output.stderr}`);
    });
  const ask: RawHost['ask'] = (method, params = {}, limit) => {
    const id = ++count;
    send({ jsonrpc: '2.0', id, method, params });
    return hears(`${method} is answered`, message => message.id === id && !message.method, limit);
  };

  return {
    child,
    send,
    ask,
    lines,
    heard,
    hears,
    ended,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    call: (name, args = {}) => ask('tools/call', { name, arguments: args }),
    async initialize(capabilities = {}) {
      const clientInfo = { name: 'raw-host', version: '1.0.0' };
      const answer = await ask('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo });
      send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      return answer;
    },
    leave() {
      child.stdin?.end();
      return ended;
    },
  };
}

/** What of ours is in an error answer. */
export function faultIn(answer: Heard): FaultJson | undefined {
  return answer.error?.data?.keybridge;
}
