import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Json } from '../base/json.ts';
import { MemoryEventStore } from './event-store.ts';
import { McpConversations } from './mcp-conversations.ts';
import { type McpCounters, newCounters } from './mcp-counters.ts';
import { type McpEndpointOptions, McpFront } from './mcp-front.ts';
import { loadSdk } from './sdk.ts';

export interface McpServerOptions extends McpEndpointOptions {
  /** Where it answers; default `/mcp`. */
  path?: string;
  /** Plain JSON answers instead of streams. */
  jsonAnswers?: boolean;
}

/** A real MCP server on loopback, with controls that break it on purpose. */
export interface LabMcpServer {
  readonly url: string;
  /** Where it listens itself, whatever stands before it. */
  readonly port: number;
  readonly counters: Readonly<McpCounters>;
  /**
   * Forgets every session, as a restart does: what is under way breaks off, streams end, and their ids are
   * answered 404.
   */
  loseSessions(): Promise<number>;
  /** Breaks the connection of every answer that has begun and has not ended. Says how many. */
  dropStreams(): number;
  /** Milliseconds each POST waits before it is looked at. */
  setLatency(ms: number): void;
  /** Adds a tool and sends `notifications/tools/list_changed` to every session. */
  addTool(name: string): Promise<void>;
  close(): Promise<void>;
}

const MAX_SESSIONS = 1000;
/** Milliseconds a client is told to wait before it resumes a stream. */
const RETRY = 200;

/** Streamable HTTP as of 2025-11-25, with sessions. Throws `net.failed` when the port cannot be had. */
export async function startMcpServer(options: McpServerOptions = {}): Promise<LabMcpServer> {
  const sdk = await loadSdk();
  const counters = newCounters();
  const conversations = new McpConversations(sdk, counters, !options.jsonAnswers);
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  /** What sessions have still to answer. */
  const underWay = new Set<ServerResponse>();
  const path = options.path ?? '/mcp';

  const remove = (id: string | undefined) => {
    if (id !== undefined && sessions.delete(id)) counters.sessionsOpen--;
  };

  async function open(): Promise<StreamableHTTPServerTransport> {
    const transport = new sdk.StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: options.jsonAnswers ?? false,
      eventStore: new MemoryEventStore(),
      retryInterval: RETRY,
      onsessioninitialized: id => {
        sessions.set(id, transport);
        counters.sessionsOpened++;
        counters.sessionsOpen++;
      },
    });
    // The SDK's own class does not meet its interface under exactOptionalPropertyTypes.
    await conversations.start(transport as Transport);
    return transport;
  }

  async function serve(req: IncomingMessage, res: ServerResponse, body: Json | undefined): Promise<void> {
    if (req.method === 'GET') counters.gets++;
    if (req.method === 'GET' && req.headers['last-event-id'] !== undefined) counters.resumptions++;
    if (req.method === 'DELETE') counters.deletes++;
    const id = req.headers['mcp-session-id'];
    if (id === undefined) {
      if (sessions.size >= MAX_SESSIONS) return front.refuse(res, 503, 'There are too many sessions.');
      const transport = await open();
      await transport.handleRequest(req, res, body);
      // Whatever was no initialize has been refused by the transport, and leaves nothing behind.
      if (transport.sessionId === undefined) await transport.close();
      return;
    }
    const transport = sessions.get(String(id));
    if (transport === undefined) {
      counters.unknownSessions++;
      return front.refuse(res, 404, 'Session not found', -32001);
    }
    underWay.add(res);
    res.once('close', () => underWay.delete(res));
    await transport.handleRequest(req, res, body);
    if (req.method === 'DELETE') remove(transport.sessionId);
  }

  const front = await McpFront.listen({ ...options, counters, paths: [path], serve });
  return {
    url: front.url,
    port: front.port,
    counters,
    loseSessions: async () => {
      const lost = sessions.size;
      sessions.clear();
      counters.sessionsOpen = 0;
      await conversations.close();
      front.drop();
      // The SDK leaves a call that it would have answered with JSON without any answer.
      for (const res of underWay) if (!res.headersSent) res.destroy();
      return lost;
    },
    dropStreams: () => front.drop(),
    setLatency: ms => {
      front.latency = ms;
    },
    addTool: name => conversations.addTool(name),
    close: async () => {
      await conversations.close();
      await front.close();
    },
  };
}
