import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { examine } from '../../src/doctor/examine.ts';
import { createDialler } from '../../src/node/dial.ts';
import { createInstruments } from '../../src/node/instruments.ts';
import { openTrace } from '../../src/trace/record.ts';
import { json, type Seen, serve, type TestServer } from '../support/http-server.ts';

/** Milliseconds before every answer. */
const DELAY = 100;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A request, and how many answers had to be waited for, one after the other, until it was made. */
interface Made {
  path: string;
  depth: number;
}

/**
 * Servers of which each answer takes {@link DELAY}, and what they were asked. A request made after an answer stands
 * behind it, whether for its sake or for a place in the queue; so each step of depth has cost its delay, and how
 * busy this machine is counts for nothing.
 */
function slowly() {
  const made: Made[] = [];
  let answered = 0;
  const server = async (
    answer: (
      seen: Seen,
      url: string,
    ) => { status?: number; headers?: Record<string, string>; body?: unknown },
    path?: string,
  ): Promise<TestServer> => {
    const started: TestServer = await serve(async (seen, res) => {
      const depth = answered + 1;
      made.push({ path: seen.path, depth });
      await wait(DELAY);
      const { status = 200, headers = {}, body = {} } = answer(seen, new URL(started.url).origin);
      json(res, body, status, headers);
      answered = Math.max(answered, depth);
    }, path);
    ends.push(() => started.close());
    return started;
  };
  return { made, server };
}

/** The whole passive pass as the command makes it, over real connections. */
async function pass(target: string, kind?: Examination['kind']): Promise<Examination> {
  const dialler = createDialler();
  ends.push(() => dialler.close());
  const world = {
    dial: dialler.dial,
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => wait(ms, undefined, signal ? { signal } : {}),
  };
  const { trace, root } = openTrace(world);
  const instruments = createInstruments({});
  return examine(new URL(target), kind, root, trace, world, { instruments });
}

test('a pass waits for no more than twice as many answers in a row as its longest chain has', async () => {
  const { made, server } = slowly();
  // Nobody can guess these: each is asked only after the answer that names it.
  const [meta, tenant, keys] = [`/${randomUUID()}`, `/${randomUUID()}`, `/${randomUUID()}`];
  const issuer = await server(({ path }, origin) => {
    if (path === `${tenant}/.well-known/openid-configuration`)
      return {
        body: {
          issuer: `${origin}${tenant}`,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          jwks_uri: `${origin}${keys}`,
          code_challenge_methods_supported: ['S256'],
        },
      };
    return path === keys ? { body: { keys: [{ kty: 'RSA' }] } } : { status: 404 };
  }, tenant);
  const mcp = await server(({ path }, origin) => {
    if (path === '/mcp')
      return { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${origin}${meta}"` } };
    if (path === meta) return { body: { resource: mcp.url, authorization_servers: [issuer.url] } };
    return { status: 404 };
  });

  const examination = await pass(mcp.url);

  const chain = ['/mcp', meta, `${tenant}/.well-known/openid-configuration`, keys];
  const depths = chain.map(path =>
    Math.min(...made.filter(each => each.path === path).map(({ depth }) => depth)),
  );
  // It is a chain: each was asked, and after the one before.
  for (const [index, depth] of depths.entries()) expect(depth).toBeGreaterThan(depths[index - 1] ?? 0);
  expect(examination.discovery?.chosen?.issuer).toBe(issuer.url);
  expect(made.length).toBeGreaterThan(25);
  expect(Math.max(...made.map(({ depth }) => depth))).toBeLessThanOrEqual(2 * chain.length);
});
