import { isObject, parseJson } from '../../base/json.ts';
import { OAUTH, OPENID, type SmallIssuer, smallIssuer } from './small-issuer.ts';
import { type Answer, type Answers, byPath, type Origins, type Stage, serveBoth } from './stage.ts';

export const RESOURCE = '/.well-known/oauth-protected-resource';

/** What every stage begins with: a right server at `/mcp` and a right issuer, and parts to make wrong ones of. */
export interface Parts extends Origins {
  /** The small authorization server itself. */
  small: SmallIssuer;
  /** Resource metadata of `server`/mcp. */
  resource: Readonly<Record<string, unknown>>;
  /** Server metadata. */
  document: Readonly<Record<string, unknown>>;
  /** An MCP endpoint that refuses with these Bearer parameters. */
  endpoint(challenge: string): Answer;
  /** `resource_metadata="…"` for the right place. */
  named: string;
}

/** What a stage answers otherwise than a right server and a right issuer do. */
export interface Changes {
  server?: Answers;
  issuer?: Answers;
}

/** A stage that is right but for its changes. */
export function stage(
  name: string,
  shows: readonly string[],
  about: string,
  change: (parts: Parts) => Changes = () => ({}),
  more: Pick<Stage, 'further' | 'tries'> & { path?: string } = {},
): Stage {
  const { path = '/mcp', ...rest } = more;
  return {
    name,
    about,
    shows,
    ...rest,
    start: ports =>
      serveBoth(ports, path, origins => {
        const parts = partsOf(origins);
        const { server = {}, issuer = {} } = change(parts);
        const endpoint = parts.endpoint(parts.named);
        const { document, resource, small } = parts;
        // The same metadata in both names, unless the stage has something of its own at one of them.
        const alias = issuer[OPENID] ?? issuer[OAUTH] ?? document;
        return {
          server: byPath({ '/mcp': endpoint, [`${RESOURCE}/mcp`]: resource, ...server }),
          issuer: byPath({ [OAUTH]: document, ...small.endpoints, ...issuer, [OPENID]: alias }),
        };
      }),
  };
}

function partsOf(origins: Origins): Parts {
  const { server, issuer } = origins;
  const small = smallIssuer({ issuer });
  return {
    ...origins,
    small,
    resource: resourceDocument(`${server}/mcp`, issuer),
    document: { ...small.document },
    endpoint: challenge => mcpEndpoint(challenge, token => small.knows(token)),
    named: `resource_metadata="${server}${RESOURCE}/mcp"`,
  };
}

/** Resource metadata. RFC 9728 §2. */
export function resourceDocument(resource: string, ...issuers: string[]) {
  return {
    resource,
    authorization_servers: issuers,
    scopes_supported: ['mcp'],
    bearer_methods_supported: ['header'],
  };
}

/**
 * An MCP endpoint without sessions and with one tool. Whoever has no token that `knows` is refused with a
 * Bearer challenge, or without one when `challenge` is `undefined`.
 */
export function mcpEndpoint(challenge: string | undefined, knows: (token: string) => boolean): Answer {
  return async request => {
    if (request.method !== 'POST') return new Response('', { status: 405, headers: { allow: 'POST' } });
    const token = bearerOf(request);
    if (token === undefined || !knows(token)) return refusal(401, challenge);
    return conversation(request);
  };
}

/** The token of a request. RFC 6750 §2.1. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

/** Lets everybody in. */
export const openEndpoint: Answer = request =>
  request.method === 'POST'
    ? conversation(request)
    : new Response('', { status: 405, headers: { allow: 'POST' } });

/** A refusal with a Bearer challenge, or with none. */
export function refusal(status: number, challenge?: string): Response {
  const headers = challenge === undefined ? {} : { 'www-authenticate': `Bearer ${challenge}`.trim() };
  return Response.json({ error: 'unauthorized' }, { status, headers });
}

/** JSON-RPC as of 2025-11-25, as little of it as a client needs to begin. */
async function conversation(request: Request): Promise<Response> {
  const message = parseJson(await request.text());
  const { id, method } = isObject(message) ? message : {};
  const result = (value: object) => Response.json({ jsonrpc: '2.0', id, result: value });
  const failure = (code: number, text: string, status: number) =>
    Response.json({ jsonrpc: '2.0', id: id ?? null, error: { code, message: text } }, { status });
  if (typeof method !== 'string') return failure(-32600, 'Invalid request', 400);
  if (id === undefined) return new Response(null, { status: 202 });
  switch (method) {
    case 'initialize':
      return result({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'keybridge-lab', version: '1' },
      });
    case 'ping':
      return result({});
    case 'tools/list':
      return result({
        tools: [{ name: 'hello', description: 'Says hello.', inputSchema: { type: 'object' } }],
      });
    case 'tools/call':
      return result({ content: [{ type: 'text', text: 'Hello.' }] });
    default:
      return failure(-32601, 'Method not found', 200);
  }
}

/** An answer with nothing in it but its status. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  () =>
    new Response('', { status: code, headers });

/** What a web application answers to everything. */
export const page: Answer = () =>
  new Response('<!doctype html><title>Welcome</title><p>Welcome.</p>', {
    headers: { 'content-type': 'text/html' },
  });

/** A redirect, as the server writes it. */
export const redirect = (code: number, location: string): Answer => status(code, { location });
