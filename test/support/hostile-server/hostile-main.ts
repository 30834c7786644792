import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Conversation, Document, Reply } from './conversation.ts';
import { jsonText } from './material.ts';
import { challengeOf, sendReply } from './outflow.ts';

/**
 * Hostile servers in a process of their own, so that what they cost is not what is measured. Told over IPC which
 * conversation to hold; ends with its parent.
 */
export type HostileQuestion = { play: Conversation } | { stop: true };
export type HostileReply = { port: number } | { stopped: true; requests: number };

/** As it should be: one chunk, at once. */
export const PLAIN = { chunk: 0, extension: 0, trailers: 0, coding: 'identity', write: 0, pause: 0 } as const;

const GREETING: Reply = {
  status: 200,
  type: 'application/json',
  fields: { count: 0, length: 0 },
  challenge: 0,
  delay: 0,
  body: { kind: 'none' },
  framing: PLAIN,
};

let server: Server | undefined;
let requests = 0;

async function play(conversation: Conversation): Promise<number> {
  let turn = 0;
  requests = 0;
  const started = createServer(async (req, res) => {
    requests++;
    const body = await text(req);
    if (body === undefined) return;
    const { origin, path } = place(req);
    const send = async (reply: Reply, id = 'null') => {
      if (reply.delay > 0) await sleep(reply.delay);
      await sendReply(req.socket, reply, id);
    };
    const plain = (status: number, value: string, more: Record<string, string> = {}) => {
      const head = {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(value),
        ...more,
      };
      res.writeHead(status, head).end(value);
    };
    const { signIn } = conversation;
    if (path !== '/mcp') {
      const found = signIn ? signInReply(signIn, path, origin) : undefined;
      if (found instanceof URL) {
        const asked = new URL(req.url ?? '', origin).searchParams;
        found.href = asked.get('redirect_uri') ?? found.href;
        found.searchParams.set('code', 'code-of-the-hostile-server');
        found.searchParams.set('state', asked.get('state') ?? '');
        found.searchParams.set('iss', origin);
        res.writeHead(302, { Location: found.href }).end();
        return;
      }
      const reply = found ?? conversation.elsewhere;
      if (reply) await send(reply);
      else plain(404, '{}');
      return;
    }
    if (signIn && req.headers.authorization === undefined) {
      const named = `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
      plain(401, '{}', { 'WWW-Authenticate': `${challengeOf(signIn.challenge)}, ${named}` });
      return;
    }
    if (req.method === 'GET') {
      if (conversation.stream) await send(conversation.stream);
      else plain(405, '{}');
      return;
    }
    if (req.method !== 'POST') return plain(200, '{}');
    const { id, method } = head(body);
    if (method === 'initialize') {
      if (conversation.greeting) return send(conversation.greeting, id);
      const capabilities = '{"tools":{"listChanged":true},"logging":{}}';
      const info = '{"name":"hostile","version":"1"}';
      const result = `{"protocolVersion":"2025-11-25","capabilities":${capabilities},"serverInfo":${info}}`;
      return plain(200, `{"jsonrpc":"2.0","id":${id},"result":${result}}`, { 'Mcp-Session-Id': 'session' });
    }
    if (id === undefined) return void res.writeHead(202).end();
    const reply = conversation.replies[turn++ % Math.max(1, conversation.replies.length)];
    return reply ? send(reply, id) : plain(200, `{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`);
  });
  server = started;
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve));
  return (started.address() as AddressInfo).port;
}

/** The document at a path; a URL where the browser is to be sent on. */
function signInReply(
  signIn: NonNullable<Conversation['signIn']>,
  path: string,
  origin: string,
): Reply | URL | undefined {
  const document = ({ status, more, framing }: Document, rest: Record<string, unknown>): Reply => {
    const members = Object.entries({ ...rest }).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
    return {
      ...GREETING,
      status,
      framing,
      body: {
        kind: 'value',
        value: { kind: 'plain', json: `{${members.join(',')},"more":${jsonText(more)}}` },
      },
    };
  };
  switch (path) {
    case '/.well-known/oauth-protected-resource/mcp':
      return document(signIn.resource, { resource: `${origin}/mcp`, authorization_servers: [origin] });
    case '/.well-known/oauth-authorization-server':
      return document(signIn.issuer, {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none'],
        authorization_response_iss_parameter_supported: true,
      });
    case '/register':
      return document(signIn.registration, {
        client_id: 'client-of-the-hostile-server',
        token_endpoint_auth_method: 'none',
      });
    case '/authorize':
      return new URL(origin);
    case '/token':
      return document(signIn.token, {
        access_token: 'access-token-of-the-hostile-server',
        refresh_token: 'refresh-token-of-the-hostile-server',
        token_type: 'Bearer',
        expires_in: signIn.lives,
      });
    default:
      return undefined;
  }
}

function place(req: IncomingMessage): { origin: string; path: string } {
  return { origin: `http://${req.headers.host}`, path: (req.url ?? '').split('?')[0] ?? '' };
}

async function text(req: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of req) pieces.push(piece as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces).toString();
}

/** The raw id, and the method, of a request; of a batch those of the first. */
function head(body: string): { id: string | undefined; method: string | undefined } {
  try {
    const parsed = JSON.parse(body) as unknown;
    const one = (Array.isArray(parsed) ? parsed[0] : parsed) as {
      id?: unknown;
      method?: string;
      result?: unknown;
    };
    const isRequest = one?.id !== undefined && one.method !== undefined;
    return { id: isRequest ? JSON.stringify(one.id) : undefined, method: one?.method };
  } catch {
    return { id: undefined, method: undefined };
  }
}

function stop(): Promise<void> {
  const ending = server;
  server = undefined;
  if (!ending) return Promise.resolve();
  ending.closeAllConnections();
  return new Promise(resolve => ending.close(() => resolve()));
}

process.on('message', async (question: HostileQuestion) => {
  let reply: HostileReply;
  if ('play' in question) reply = { port: await play(question.play) };
  else {
    await stop();
    reply = { stopped: true, requests };
  }
  // Nobody may be there any more.
  process.send?.(reply, () => {});
});
process.on('disconnect', () => process.exit());
