import { Turns } from '../../src/base/turns.ts';
import type { CallbackPage } from '../../src/base/world.ts';
import { Callbacks } from '../../src/oauth/callback.ts';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import { discover } from '../../src/oauth/discover.ts';
import type { ClientRegistration, Grant } from '../../src/oauth/grant.ts';
import type { DiscoveryReport } from '../../src/oauth/report.ts';
import { type SignInStep, signIn } from '../../src/oauth/sign-in.ts';
import {
  type AuthorizationServer,
  authorizationServer,
  memoryRegistrations,
  type Quirks,
} from './authorization-server.ts';
import { paths, prm, RESOURCE } from './discovery.ts';
import { fakeSpan } from './fake-span.ts';
import { fakeWorld } from './fake-world.ts';

export interface Stage {
  quirks?: Quirks;
  options?: ClientOptions;
  /** The MCP server; `https://mcp.example/mcp` unless told. */
  url?: string;
  /** Its resource metadata; `null`: it has none. */
  resourceMetadata?: object | null;
  /** The Bearer challenge's parameters. */
  challenge?: string;
  held?: readonly string[];
  report?: (report: DiscoveryReport) => DiscoveryReport;
}

export interface Outcome {
  grant: Grant;
  registration: ClientRegistration;
}

/** A sign-in against an authorization server in memory, after real discovery, walked by a browser in memory. */
export async function stage(setting: Stage = {}) {
  const { quirks, options = {}, url = 'https://mcp.example/mcp', held = [] } = setting;
  const server: AuthorizationServer = authorizationServer(quirks);
  const mcp = new URL(url);
  const { resourceMetadata = prm(url, server.issuer) } = setting;
  const path = mcp.pathname === '/' ? '' : mcp.pathname;
  const world = fakeWorld({
    servers: {
      [server.issuer]: server.handle,
      [mcp.origin]: resourceMetadata
        ? paths({ [RESOURCE + path + mcp.search]: resourceMetadata })
        : server.handle,
    },
  });
  const span = fakeSpan(world);
  const refusal = { challenges: setting.challenge === undefined ? [] : [`Bearer ${setting.challenge}`] };
  const found = await discover(mcp, span, { sleep: world.sleep, refusal });
  const report = setting.report?.(found) ?? found;
  const callbacks = new Callbacks(world);
  const registrations = memoryRegistrations();
  const turns = new Turns();
  const abort = new AbortController();
  const order: string[] = [];

  const begin = (signal: AbortSignal = abort.signal) =>
    signIn(
      {
        server: mcp,
        profile: 'default',
        report,
        options,
        held,
        callbacks,
        registrations,
        turns,
        openCallback: async () => {
          order.push('listener');
          const { redirectUri } = await callbacks.open({ host: '127.0.0.1', port: 4000, path: '/callback' });
          return { redirectUris: [redirectUri] };
        },
      },
      world,
      span,
      signal,
    );
  type Flow = ReturnType<typeof begin>;

  /** Walks to the link. */
  async function link(flow: Flow): Promise<URL> {
    for (;;) {
      const next = await flow.next();
      if (next.done) throw new Error('The flow ended before there was a link.');
      if (next.value.step === 'authorize') return next.value.url;
    }
  }

  /** Walks to the end. */
  async function end(flow: Flow): Promise<Outcome> {
    for (;;) {
      const next = await flow.next();
      if (next.done) return next.value;
    }
  }

  /** Walks all of it, with the browser; the page is what the browser was shown last. */
  async function walk(
    flow = begin(),
  ): Promise<{ steps: SignInStep[]; page: CallbackPage; outcome: Outcome | Error }> {
    const steps: SignInStep[] = [];
    let page: Promise<CallbackPage> | undefined;
    try {
      for (;;) {
        const next = await flow.next();
        if (next.done) return { steps, page: await shown(page), outcome: next.value };
        steps.push(next.value);
        order.push(next.value.step);
        if (next.value.step === 'authorize') page = world.browse(next.value.url);
      }
    } catch (error) {
      if (!page) throw error;
      return { steps, page: await shown(page), outcome: error as Error };
    }
  }

  return { server, world, span, report, callbacks, registrations, abort, order, begin, link, end, walk };
}

function shown(page: Promise<CallbackPage> | undefined): Promise<CallbackPage> {
  if (!page) throw new Error('No browser was sent anywhere.');
  return page;
}
