import type { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { McpConversations } from './mcp-conversations.ts';
import { newCounters } from './mcp-counters.ts';
import { type McpEndpointOptions, McpFront } from './mcp-front.ts';
import type { LabMcpServer } from './mcp-server.ts';
import { loadSdk } from './sdk.ts';

const MAX_SESSIONS = 1000;
const STREAM = '/sse';
const MESSAGES = '/messages';

/**
 * The transport of 2024-11-05: GET /sse opens a stream whose first event names where to POST. It has the
 * same tools, guard and controls as the other server. Throws `net.failed` when the port cannot be had.
 */
export async function startSseServer(options: McpEndpointOptions = {}): Promise<LabMcpServer> {
  const sdk = await loadSdk();
  const counters = newCounters();
  const conversations = new McpConversations(sdk, counters);
  const sessions = new Map<string, SSEServerTransport>();

  const front = await McpFront.listen({
    ...options,
    counters,
    paths: [STREAM, MESSAGES],
    serve: async (req, res, body) => {
      const { pathname, searchParams } = new URL(req.url ?? '/', front.url);
      if (pathname === STREAM) {
        if (req.method !== 'GET') return front.refuse(res, 405, 'GET opens the stream.');
        if (sessions.size >= MAX_SESSIONS) return front.refuse(res, 503, 'There are too many sessions.');
        counters.gets++;
        const transport = new sdk.SSEServerTransport(MESSAGES, res);
        sessions.set(transport.sessionId, transport);
        counters.sessionsOpened++;
        counters.sessionsOpen++;
        res.once('close', () => {
          if (sessions.delete(transport.sessionId)) counters.sessionsOpen--;
        });
        await conversations.start(transport);
        return;
      }
      if (req.method !== 'POST') return front.refuse(res, 405, 'Messages are posted.');
      const transport = sessions.get(searchParams.get('sessionId') ?? '');
      if (transport === undefined) {
        counters.unknownSessions++;
        return front.refuse(res, 404, 'Session not found', -32001);
      }
      await transport.handlePostMessage(req, res, body);
    },
  });

  return {
    url: front.url,
    port: front.port,
    counters,
    loseSessions: async () => {
      const lost = sessions.size;
      await conversations.close();
      front.drop();
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
