import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Json, parseJson } from '../base/json.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { answer, answerJson, type LoopbackServer, listenOnLoopback, readBody } from './loopback.ts';
import { countMessages, type McpCounters, toolName } from './mcp-counters.ts';
import { ResourceGuard } from './resource-guard.ts';

export interface McpEndpointOptions {
  /** 0, the default, lets the system choose. */
  port?: number;
  /** The port of 127.0.0.1 by which it is reached when something stands before it. */
  behind?: number;
  /** Whose tokens are asked for; without it everybody is let in. */
  authorization?: AuthorizationServer;
  /** What every request needs. */
  scopes?: readonly string[];
  /** What the tool `admin` needs besides. */
  adminScope?: string;
}

interface FrontOptions extends McpEndpointOptions {
  /** The first is the resource; the others are guarded like it. */
  paths: readonly [string, ...string[]];
  counters: McpCounters;
  /** Serves a request that was let in; a POST comes with its body parsed. */
  serve(req: IncomingMessage, res: ServerResponse, body: Json | undefined): Promise<void>;
}

/** An argument of a tool may be long, but not without end. */
const MAX_BODY = 16 * 1024 * 1024;

/** What stands before each MCP server: the metadata, the bearer check, the counters and the controls. */
export class McpFront {
  /** Milliseconds each POST waits. */
  latency = 0;
  readonly url: string;
  /** Where it listens itself. */
  readonly port: number;

  readonly #listener: LoopbackServer;
  readonly #options: FrontOptions;
  readonly #guard: ResourceGuard | undefined;
  readonly #answers = new Set<ServerResponse>();

  static async listen(options: FrontOptions): Promise<McpFront> {
    let front: McpFront | undefined;
    const listener = await listenOnLoopback(
      options.port ?? 0,
      async (req, res) => {
        if (front === undefined) answer(res, 503, 'text/plain', 'The lab is starting.\n');
        else await front.#handle(req, res);
      },
      options.behind,
    );
    front = new McpFront(options, listener);
    return front;
  }

  private constructor(options: FrontOptions, listener: LoopbackServer) {
    this.#options = options;
    this.#listener = listener;
    this.url = `${listener.origin}${options.paths[0]}`;
    this.port = listener.port;
    const { authorization, counters, scopes = [] } = options;
    if (authorization === undefined) return;
    authorization.protect(this.url);
    this.#guard = new ResourceGuard({ authorization, counters, scopes, resource: this.url });
  }

  /** A JSON-RPC error that belongs to no request. */
  refuse(res: ServerResponse, status: number, message: string, code = -32000): void {
    answerJson(res, status, { jsonrpc: '2.0', error: { code, message }, id: null });
  }

  /** Breaks the connection of every answer that has begun and has not ended. */
  drop(): number {
    const begun = [...this.#answers].filter(res => res.headersSent && !res.writableEnded);
    for (const res of begun) res.destroy();
    return begun.length;
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { counters, paths } = this.#options;
    const { pathname } = new URL(req.url ?? '/', this.url);
    if (pathname === this.#guard?.metadataPath) return this.#guard.sendMetadata(res);
    if (!paths.includes(pathname)) return answer(res, 404, 'text/plain', 'There is nothing here.\n');

    this.#answers.add(res);
    counters.answersOpen++;
    res.once('close', () => {
      this.#answers.delete(res);
      counters.answersOpen--;
    });

    let body: Json | undefined;
    if (req.method === 'POST') {
      const bytes = await readBody(req, MAX_BODY);
      if (bytes === undefined) return this.refuse(res, 413, 'The message is too long.');
      body = parseJson(bytes.toString());
      if (this.latency > 0) await wait(this.latency);
    }
    if (this.#guard !== undefined) {
      const auth = await this.#guard.admit(req, res, this.#furtherScopes(body));
      if (auth === undefined) return;
      // The SDK's transports hand this on to the tools.
      Object.assign(req, { auth });
    }
    if (req.method === 'POST') {
      counters.posts++;
      if (body === undefined) return this.refuse(res, 400, 'Parse error', -32700);
      countMessages(counters, body);
    }
    await this.#options.serve(req, res, body);
  }

  #furtherScopes(body: Json | undefined): string[] {
    const { adminScope } = this.#options;
    const admin = [body].flat().some(message => toolName(message) === 'admin');
    return admin && adminScope !== undefined ? [adminScope] : [];
  }
}
