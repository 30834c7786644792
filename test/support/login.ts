import type { Examination } from '../../src/checks/examination.ts';
import { type ExamineOptions, examine } from '../../src/doctor/examine.ts';
import { examineFlow, type FlowOptions } from '../../src/doctor/flow.ts';
import { openTrace } from '../../src/trace/record.ts';
import { type AuthorizationServer, authorizationServer, type Quirks } from './authorization-server.ts';
import { challenge, OAUTH, paths, RESOURCE } from './discovery.ts';
import { RIGHT, RIGHT_ISSUER, SERVER } from './examination.ts';
import { type FakeWorld, fakeWorld, type Handler } from './fake-world.ts';

export interface LoginStage {
  quirks?: Quirks;
  /** Claims of the access token, which is a JWT then; else it is opaque. */
  claims?: object;
  /** Answers calls with a token; the token is taken unless told. */
  call?: Handler;
  /** The challenge for calls without one. */
  challenge?: string;
  /** Answers in place of the authorization endpoint. */
  authorize?: Handler;
  options?: FlowOptions;
  /** What the user pastes once the link is there, or nothing for 15 minutes; without it the browser follows. */
  paste?: (link: URL) => string;
  metadata?: object;
  /** The resource metadata; right unless told. */
  resource?: object;
  /** What the passive pass is told; the sign-in is told it as well. */
  passive?: ExamineOptions;
  /** Told of each client that is deleted. */
  onDelete?: (url: string) => void;
}

export interface LoggedIn {
  examination: Examination;
  server: AuthorizationServer;
  world: FakeWorld;
  /** Every token, code and client secret there was. */
  secrets: string[];
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that nobody could verify, with these claims. */
const jwt = (claims: object): string =>
  `${encode({ alg: 'RS256', typ: 'at+jwt' })}.${encode(claims)}.a-signature-that-must-stay-secret`;

/** What a right token says. */
export const CLAIMS = { iss: 'https://as.example', aud: SERVER, scope: 'mcp', exp: 2_000_000_000 };

const taken: Handler = async request => {
  if (request.method === 'GET') return new Response('', { status: 405 });
  if (request.method === 'DELETE') return new Response(null, { status: 204 });
  const { id, method } = (await request.json()) as { id?: number; method: string };
  if (id === undefined) return new Response(null, { status: 202 });
  const result =
    method === 'initialize'
      ? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'a server', version: '1' } }
      : { tools: [] };
  return Response.json({ jsonrpc: '2.0', id, result }, { headers: { 'mcp-session-id': 'a-session-1' } });
};

/** The passive pass and one sign-in at `https://mcp.example/mcp`, right but for what is given. */
export async function loggedIn(wrong: LoginStage = {}): Promise<LoggedIn> {
  const secrets: string[] = [];
  const { quirks = {}, claims } = wrong;
  const server = authorizationServer({
    ...quirks,
    token: (answer, asked) => {
      if (claims) answer.access_token = jwt(claims);
      const instead = quirks.token?.(answer, asked);
      if (typeof answer.access_token === 'string') secrets.push(answer.access_token);
      return instead;
    },
  });
  const resource = paths({
    ...RIGHT,
    ...(wrong.resource ? { [`${RESOURCE}/mcp`]: wrong.resource } : {}),
    ...(wrong.challenge === undefined ? {} : { '/mcp': challenge(wrong.challenge) }),
  });
  const mcp: Handler = (request, dialled) =>
    new URL(request.url).pathname === '/mcp' && request.headers.has('authorization')
      ? (wrong.call ?? taken)(request, dialled)
      : resource(request, dialled);
  const documents = paths({ [OAUTH]: { ...RIGHT_ISSUER[OAUTH], ...wrong.metadata } });
  const issuer: Handler = (request, dialled) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'DELETE') {
      wrong.onDelete?.(request.url);
      return new Response(null, { status: 204 });
    }
    if (pathname === OAUTH) return documents(request, dialled);
    // The passive pass asks for the page without a client.
    if (pathname === '/authorize' && !searchParams.has('client_id')) return new Response('', { status: 400 });
    if (pathname === '/authorize' && wrong.authorize) return wrong.authorize(request, dialled);
    return server.handle(request, dialled);
  };
  const world = fakeWorld({ servers: { 'https://mcp.example': mcp, 'https://as.example': issuer } });
  const { trace, root } = openTrace(world);
  const passive = await examine(new URL(SERVER), 'server', root, trace, world, wrong.passive);
  let take: (text: string) => Promise<void> = async () => {};
  const examination = await examineFlow(
    passive,
    root,
    trace,
    {
      ...world,
      openBrowser: async url => {
        if (!wrong.paste) void world.browse(url);
      },
    },
    {
      onPaste: each => {
        take = each;
        return () => {};
      },
      onLink: url => {
        if (!wrong.paste) return;
        const text = wrong.paste(url);
        if (text === '') void world.clock.advance(15 * 60_000);
        else void take(text).catch(() => {});
      },
      ...wrong.passive,
      ...wrong.options,
    },
  );
  return { examination, server, world, secrets: [...secrets, ...server.secrets] };
}
