import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { deserializeMessage, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** A program on this Node, with all of its environment. */
export interface Command {
  args: string[];
  env: Record<string, string>;
}

/** Starts a bridge as a host does. */
export function run({ args, env }: Command): ChildProcess {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  return child;
}

/** Milliseconds a bridge has to end once its input has. */
const PATIENCE = 3_000;

/** Ends a bridge as a host does: first its input, then, if it stays, the process. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  child.stdin?.end();
  await ended;
  clearTimeout(timer);
}

/** Calls back for each line, without its end. Joins the parts of a line once, however many there are. */
export function readLines(child: ChildProcess, onLine: (line: Buffer) => void): void {
  let parts: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const last = chunk.subarray(start, end);
      start = end + 1;
      onLine(parts.length === 0 ? last : Buffer.concat([...parts, last]));
      parts = [];
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  });
}

/**
 * The official client's way to a bridge that runs already. Its own stdio transport copies a long line once for
 * every chunk, which would be measured instead of the bridge.
 */
export class Pipe implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  async start(): Promise<void> {
    readLines(this.#child, line => this.onmessage?.(deserializeMessage(line.toString())));
    this.#child.stdin?.on('error', error => this.onerror?.(error));
    this.#child.once('close', () => this.onclose?.());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#child.stdin?.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
  }
}
