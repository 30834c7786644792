import type { JsonObject } from '../../src/base/json.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { type ActiveOptions, examineActively } from '../../src/doctor/active.ts';
import { examine } from '../../src/doctor/examine.ts';
import { openTrace } from '../../src/trace/record.ts';
import { paths } from './discovery.ts';
import { codes, RIGHT, RIGHT_ISSUER, SERVER } from './examination.ts';
import { type FakeWorld, fakeWorld, type Handler } from './fake-world.ts';

/** The registration endpoint of an authorization server in memory, and what it did. */
export interface Register {
  handle: Handler;
  /** Bodies of the requests. */
  asked: JsonObject[];
  /** Clients that are registered. */
  clients: Map<string, JsonObject>;
  /** Every secret it gave out. */
  secrets: string[];
}

export const refusal = (error: string, description?: string, status = 400) =>
  Response.json({ error, ...(description ? { error_description: description } : {}) }, { status });

const isRight = (uri: unknown): boolean =>
  typeof uri === 'string' && /^https:|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/.test(uri);

/** Registers as it should, and deletes; `change` alters an answer or gives another one in its place. */
export function register(
  change: (answer: JsonObject, asked: JsonObject) => Response | undefined = () => undefined,
): Register {
  const made: Register = {
    handle: () => new Response('', { status: 500 }),
    asked: [],
    clients: new Map(),
    secrets: [],
  };
  made.handle = async request => {
    const token = `registration-access-token-${made.clients.size + 1}-of-nobody-else`;
    const id = `client-${made.asked.length + 1}`;
    const asked = (await request.json()) as JsonObject;
    made.asked.push(asked);
    const answer: JsonObject = {
      ...asked,
      client_id: id,
      grant_types: asked.grant_types ?? ['authorization_code'],
      token_endpoint_auth_method: 'none',
      registration_client_uri: `https://as.example/register?client=${id}`,
      registration_access_token: token,
    };
    const instead = change(answer, asked);
    if (instead) return instead;
    const uris = asked.redirect_uris;
    if (!Array.isArray(uris) || uris.length === 0 || !uris.every(isRight))
      return answer.take === true ? Response.json(answer, { status: 201 }) : refusal('invalid_redirect_uri');
    made.clients.set(id, answer);
    made.secrets.push(token);
    return Response.json(answer, { status: 201 });
  };
  return made;
}

/** RFC 7592 §2.3, for the clients of a {@link register}. */
const deletes =
  (made: Register): Handler =>
  request => {
    const id = new URL(request.url).searchParams.get('client') ?? '';
    const token = made.clients.get(id)?.registration_access_token;
    if (request.headers.get('authorization') !== `Bearer ${token}`) return new Response('', { status: 401 });
    made.clients.delete(id);
    return new Response(null, { status: 204 });
  };

export interface ActivelyExamined {
  examination: Examination;
  register: Register;
  world: FakeWorld;
  said: string[];
}

const refuses: Handler = () => refusal('invalid_request');
const login: Handler = request => {
  const { searchParams } = new URL(request.url);
  return searchParams.has('code_challenge')
    ? new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })
    : new Response('', {
        status: 302,
        headers: { location: `${searchParams.get('redirect_uri')}?error=invalid_request` },
      });
};

/** Both passes over `https://mcp.example/mcp` and its issuer, right but for what is given. */
export async function examinedActively(
  wrong: {
    register?: Register;
    token?: Handler;
    authorize?: Handler;
    server?: Record<string, object | Handler>;
    issuer?: Record<string, object | Handler>;
    options?: ActiveOptions;
  } = {},
): Promise<ActivelyExamined> {
  const made = wrong.register ?? register();
  const known = paths({ ...RIGHT_ISSUER, '/register': made.handle, ...wrong.issuer });
  const issuer: Handler = (request, dialled) => {
    const { pathname } = new URL(request.url);
    if (request.method === 'DELETE') return deletes(made)(request, dialled);
    if (pathname === '/token') return (wrong.token ?? refuses)(request, dialled);
    if (pathname === '/authorize') return (wrong.authorize ?? login)(request, dialled);
    return known(request, dialled);
  };
  const world = fakeWorld({
    servers: { 'https://mcp.example': paths({ ...RIGHT, ...wrong.server }), 'https://as.example': issuer },
  });
  const { trace, root } = openTrace(world);
  const said: string[] = [];
  const passive = await examine(new URL(SERVER), 'server', root, trace, world);
  const examination = await examineActively(passive, root, trace, world, {
    onProgress: doing => said.push(doing),
    ...wrong.options,
  });
  return { examination, register: made, world, said };
}

/** Codes that an active look can find; what a passive one says of the servers here is tested elsewhere. */
export const activeCodes = (examination: Examination): string[] =>
  codes(examination).filter(code => /^(?:REG|AZ-1[125]|TOK-08|MCP-11|CHL-1[12])/.test(code));
