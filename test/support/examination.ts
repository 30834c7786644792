import { CHECKS } from '../../src/checks/all.ts';
import type { Finding } from '../../src/checks/check.ts';
import type { Examination, ProbeKind } from '../../src/checks/examination.ts';
import { flat, judge } from '../../src/checks/judge.ts';
import { type ExamineOptions, examine } from '../../src/doctor/examine.ts';
import { stopsOf } from '../../src/doctor/stops.ts';
import { walks } from '../../src/doctor/walk.ts';
import { openTrace } from '../../src/trace/record.ts';
import { asm, challenge, OAUTH, OPENID, paths, prm, RESOURCE } from './discovery.ts';
import { type FakeServer, fakeWorld, type Handler } from './fake-world.ts';

export const SERVER = 'https://mcp.example/mcp';
export const ISSUER = 'https://as.example';

/** What a right server and a right authorization server answer, by path; a test changes what it is about. */
export const RIGHT = {
  '/mcp': ((request, dialled) =>
    request.method === 'POST'
      ? challenge(`Bearer resource_metadata="https://mcp.example${RESOURCE}/mcp"`)(request, dialled)
      : new Response('', { status: 405, headers: { allow: 'POST' } })) as Handler,
  [`${RESOURCE}/mcp`]: {
    ...prm(SERVER, ISSUER),
    scopes_supported: ['mcp'],
    bearer_methods_supported: ['header'],
  },
} satisfies Record<string, object | Handler>;

export const RIGHT_ISSUER = {
  [OAUTH]: asm(ISSUER, {
    registration_endpoint: `${ISSUER}/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    scopes_supported: ['mcp', 'offline_access'],
  }),
  // Asked without a client.
  '/authorize': (() => new Response('invalid_request', { status: 400 })) as Handler,
} satisfies Record<string, object | Handler>;

/** The same metadata in both names, unless a test has put something of its own there. */
function bothDoors(answers: Record<string, object | Handler>): Record<string, object | Handler> {
  const alias = answers[OPENID] ?? answers[OAUTH];
  return alias ? { ...answers, [OPENID]: alias } : answers;
}

/** The same server as one that lets clients in browsers in, too. */
export function forBrowsers(handler: Handler): Handler {
  const fields = {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version, mcp-session-id',
    'access-control-expose-headers': 'www-authenticate, mcp-session-id',
  };
  return async (request, dialled) => {
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: fields });
    const answer = await handler(request, dialled);
    // Some answers, such as Response.redirect(), cannot be changed.
    const response = new Response(answer.body, answer);
    for (const [name, value] of Object.entries(fields)) response.headers.set(name, value);
    return response;
  };
}

/** Examines `https://mcp.example/mcp` and its issuer, right but for what is given by path. */
export async function examined(
  server: Record<string, object | Handler> = {},
  issuer: Record<string, object | Handler> = {},
  more: Record<string, Handler | FakeServer> = {},
  url = SERVER,
  { kind = 'server', ...options }: ExamineOptions & { kind?: Examination['kind'] } = {},
): Promise<Examination> {
  const servers = {
    'https://mcp.example': forBrowsers(paths({ ...RIGHT, ...server })),
    'https://as.example': forBrowsers(paths(bothDoors({ ...RIGHT_ISSUER, ...issuer }))),
    ...more,
  };
  const world = fakeWorld({ servers });
  const { trace, root } = openTrace(world, { userAgent: 'keybridge/0' });
  return examine(new URL(url), kind, root, trace, world, options);
}

/** The same examination with one more probe and its answer, for what the pass does not ask by itself. */
export function withProbe(
  examination: Examination,
  kind: ProbeKind,
  answer: { status: number; headers?: Record<string, string>; body?: string; asked?: Record<string, string> },
): Examination {
  const { status, headers = {}, body = '', asked = {} } = answer;
  const id = `staged-${examination.probes.length}`;
  const url = examination.target;
  return {
    ...examination,
    probes: [...examination.probes, { kind, url, because: 'Staged.', exchanges: [id] }],
    exchanges: {
      ...examination.exchanges,
      [id]: {
        id,
        purpose: 'probe',
        startedAt: 0,
        request: { method: 'POST', url, headers: Object.entries(asked) },
        outcome: {
          kind: 'answered',
          status,
          headers: Object.entries(headers),
          body: { size: body.length, text: body, cut: false },
          complete: true,
        },
        timing: {},
      },
    },
  };
}

/** Everything found, root causes first. Fails where a rule does. */
export function findings(examination: Examination): Finding[] {
  const failed: string[] = [];
  const stops = stopsOf(examination, walks(examination));
  const found = judge(examination, CHECKS, (code, error) => failed.push(`${code}: ${error}`), { stops });
  if (failed.length > 0) throw new Error(failed.join('\n'));
  return found;
}

/** The first finding of a rule, wherever it stands. */
export function finding(examination: Examination, code: string): Finding | undefined {
  return flat(findings(examination)).find(each => each.code === code);
}

/** The codes of what is found, in the order of the report. */
export function codes(examination: Examination): string[] {
  return flat(findings(examination)).map(({ code }) => code);
}
