import type { ServerResponse } from 'node:http';
import { onTestFinished, vi } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { Turns } from '../../src/base/turns.ts';
import type { NetworkSettings } from '../../src/base/world.ts';
import type { Resolve } from '../../src/node/dial-connect.ts';
import { Callbacks } from '../../src/oauth/callback.ts';
import { discover, faultOf } from '../../src/oauth/discover.ts';
import type { Grant } from '../../src/oauth/grant.ts';
import type { DiscoveryReport } from '../../src/oauth/report.ts';
import { signIn } from '../../src/oauth/sign-in.ts';
import { memoryRegistrations } from './authorization-server.ts';
import { OAUTH, RESOURCE } from './discovery.ts';
import { fakeWorld } from './fake-world.ts';
import { json, type Seen, serve } from './http-server.ts';
import { realSpan } from './real-span.ts';

/** What answers in place of a well-behaved server; each is a place the client asks. */
export interface Misbehaviour {
  resource?: Answer;
  metadata?: Answer;
  register?: Answer;
  token?: Answer;
  /** Members of the metadata document, in place of the right ones or beside them. */
  document?: Record<string, unknown>;
  /** Changes what the browser brings back. */
  callback?: (parameters: URLSearchParams) => void;
  /** The server counts as a public one, though it is on this machine. */
  isPublic?: boolean;
  /** What the names a server mentions resolve to. */
  resolve?: Resolve;
  network?: NetworkSettings;
  /** Milliseconds a document of metadata may take. */
  patience?: number;
}
export type Answer = (res: ServerResponse, seen: Seen, issuer: string) => unknown;

export interface Attempted {
  grant?: Grant;
  fault?: Fault;
  report: DiscoveryReport;
  /** The link that would have been opened. */
  link?: URL;
  seen: readonly Seen[];
  /** All of the trace, as text. */
  said: string;
}

const TOKENS = { access_token: 'an-access-token', token_type: 'Bearer', expires_in: 60 };

/** Real waits of seconds take fractions of one. */
const HURRY = 30;
/** Milliseconds a document of metadata may take, in place of ten seconds. */
const PATIENCE = 1_000;

/** One whole sign-in over real connections, at a server on this machine that misbehaves in one place. */
export async function attempt(wrong: Misbehaviour): Promise<Attempted> {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(ms => timeout(ms / HURRY));
  onTestFinished(() => spy.mockRestore());
  const server = await serve((seen, res) => {
    const origin = `http://${seen.headers.host}`;
    const issuer = `${origin}/as`;
    const { pathname } = new URL(seen.path, origin);
    const say = (own: Answer | undefined, otherwise: () => unknown) =>
      own ? own(res, seen, issuer) : otherwise();
    if (pathname === `${RESOURCE}/mcp`)
      return say(wrong.resource, () =>
        json(res, { resource: `${origin}/mcp`, authorization_servers: [issuer] }),
      );
    if (pathname === `${OAUTH}/as`) {
      return say(wrong.metadata, () => json(res, document(issuer, wrong.document)));
    }
    if (pathname === '/as/register') {
      return say(wrong.register, () => json(res, { ...JSON.parse(seen.body), client_id: 'c' }, 201));
    }
    if (pathname === '/as/token') return say(wrong.token, () => json(res, TOKENS));
    return res.writeHead(404).end();
  });
  onTestFinished(() => server.close());
  const { root, said } = realSpan(wrong.resolve ? { resolve: wrong.resolve } : {});
  const signal = new AbortController().signal;
  const world = fakeWorld();
  const report = await discover(new URL(server.url), root, {
    refusal: { challenges: [] },
    timeout: wrong.patience ?? PATIENCE,
    network: wrong.network,
    ...(wrong.isPublic ? { reach: 'public', allowHttp: true } : {}),
  });
  const attempted: Attempted = { report, seen: server.seen, said: '' };
  try {
    if (!report.chosen) throw faultOf(report);
    const callbacks = new Callbacks(world);
    const flow = signIn(
      {
        server: new URL(server.url),
        profile: 'default',
        report,
        options: { ...(wrong.network ? { network: wrong.network } : {}) },
        held: [],
        callbacks,
        registrations: memoryRegistrations(),
        turns: new Turns(),
        openCallback: async () => ({
          redirectUris: [
            (await callbacks.open({ host: '127.0.0.1', port: 4000, path: '/callback' })).redirectUri,
          ],
        }),
        reach: report.reach,
        // Whoever signs in here takes every page for the right one: what else is wrong must be found all the same.
        confirm: async () => {},
      },
      world,
      root,
      signal,
    );
    for (let next = await flow.next(); ; next = await flow.next()) {
      if (next.done) {
        attempted.grant = next.value.grant;
        break;
      }
      if (next.value.step !== 'authorize') continue;
      attempted.link = next.value.url;
      const back = new URLSearchParams({ code: 'a-code', state: next.value.state });
      wrong.callback?.(back);
      void callbacks.deliver(`http://127.0.0.1:4000/callback?${back}`);
    }
  } catch (error) {
    attempted.fault = Fault.of(error);
  }
  return { ...attempted, said: said() };
}

function document(issuer: string, more: Record<string, unknown> = {}) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    code_challenge_methods_supported: ['S256'],
    ...more,
  };
}
