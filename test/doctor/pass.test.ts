import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { isUnreachable } from '../../src/doctor/diagnosis.ts';
import { examine } from '../../src/doctor/examine.ts';
import { openTrace } from '../../src/trace/record.ts';
import { asm, OAUTH, OPENID, paths, prm, RESOURCE } from '../support/discovery.ts';
import { ISSUER, RIGHT, RIGHT_ISSUER, SERVER } from '../support/examination.ts';
import { type FakeWorld, fakeWorld, type Handler } from '../support/fake-world.ts';

/** Runs a pass, turning the clock only when nothing else can go on. */
async function pass(world: FakeWorld, kind?: Examination['kind']): Promise<Examination> {
  const { trace, root } = openTrace(world);
  let result: Examination | undefined;
  const running = examine(new URL(SERVER), kind, root, trace, world).then(each => {
    result = each;
  });
  for (let step = 0; !result && step < 2_000; step++) {
    for (let turn = 0; turn < 4; turn++) await world.clock.settle();
    if (!result) await world.clock.advance(50);
  }
  await running;
  return result as unknown as Examination;
}

/** Servers of which each answer takes so long. */
function slow(delay: (request: Request) => number, servers: Record<string, Handler>): FakeWorld {
  const world: FakeWorld = fakeWorld({
    servers: Object.fromEntries(
      Object.entries(servers).map(([origin, handle]) => [
        origin,
        async (request, dialled) => {
          await world.clock.sleep(delay(request));
          return handle(request, dialled);
        },
      ]),
    ),
  });
  return world;
}

const right = { 'https://mcp.example': paths(RIGHT), [ISSUER]: paths(RIGHT_ISSUER) };
const took = ({ startedAt, finishedAt }: Examination) => finishedAt - startedAt;

describe('a host that does not answer', () => {
  const dead = (fail: (world: FakeWorld, timeout: number) => Promise<never>) => {
    const world: FakeWorld = fakeWorld({
      servers: {
        'https://mcp.example': (_, { network, headTimeout }) =>
          fail(world, network?.connectTimeout ?? headTimeout ?? 300_000),
      },
    });
    return world;
  };

  test('is given up within 10 s where it drops what is sent to it', async () => {
    const world = dead(async ({ clock }, timeout) => {
      await clock.sleep(timeout);
      throw new Fault('net.timeout', 'It did not accept a connection.');
    });
    const examination = await pass(world);
    expect(took(examination)).toBeLessThanOrEqual(10_000);
    expect(isUnreachable(examination)).toBe(true);
    expect(examination.probes.length).toBeGreaterThan(10);
  });

  test('is asked no more than one wave of questions', async () => {
    const world = dead(async () => {
      throw new Fault('net.refused', 'It refuses connections.');
    });
    const examination = await pass(world);
    expect(took(examination)).toBe(0);
    expect(isUnreachable(examination)).toBe(true);
    // Eight side by side, and what a client does; all the questions would be more than twenty.
    expect(world.dials.length).toBeLessThanOrEqual(14);
  });

  test('is not given up for one connection that failed', async () => {
    let first = true;
    const world = slow(() => 10, {
      ...right,
      'https://mcp.example': (request, dialled) => {
        if (first) {
          first = false;
          throw new Fault('net.refused', 'It refuses connections.');
        }
        return right['https://mcp.example'](request, dialled);
      },
    });
    const examination = await pass(world);
    expect(isUnreachable(examination)).toBe(false);
    expect(examination.probes.filter(({ exchanges }) => exchanges.length === 0)).toEqual([]);
    expect(examination.probes.some(({ kind }) => kind === 'server-oauth')).toBe(true);
  });

  test('that accepts and says nothing is given up, too', async () => {
    const world = dead(async ({ clock }) => {
      await clock.sleep(1_000_000);
      throw new Error('never');
    });
    const examination = await pass(world);
    expect(took(examination)).toBeLessThanOrEqual(9_500);
    expect(isUnreachable(examination)).toBe(true);
  });
});

describe('with 100 ms for every answer', () => {
  test('a pass takes no longer than twice its longest chain of dependent requests', async () => {
    const world = slow(() => 100, right);
    const examination = await pass(world);
    // The metadata in the challenge, the server's metadata it names, and the keys that names: each waits for the one before.
    const chain = ['post-empty', 'resource-named', 'server-oauth'];
    for (const kind of chain) expect(examination.probes.map(each => each.kind)).toContain(kind);
    expect(took(examination)).toBeLessThanOrEqual(2 * chain.length * 100);
  });

  test('nor does one over eight authorization servers with keys, paths and an address only the challenge names', async () => {
    const issuers = Array.from({ length: 8 }, (_, index) => `https://as${index}.example/tenant`);
    const elsewhere = `https://mcp.example/meta`;
    const world = slow(() => 100, {
      'https://mcp.example': paths({
        '/mcp': () =>
          new Response('', {
            status: 401,
            headers: { 'www-authenticate': `Bearer resource_metadata="${elsewhere}"` },
          }),
        '/meta': prm(SERVER, ...issuers),
      }),
      ...Object.fromEntries(
        issuers.map(issuer => [
          new URL(issuer).origin,
          paths({
            [`/tenant${OPENID}`]: asm(issuer, { jwks_uri: `${issuer}/keys` }),
            '/tenant/keys': { keys: [] },
          }),
        ]),
      ),
    });
    const examination = await pass(world);
    expect(examination.probes.filter(({ kind }) => kind === 'jwks')).toHaveLength(8);
    // What a client does: its ping is refused, the metadata names the issuer, whose third door is the one.
    const { resourceMetadata, issuers: found } = examination.discovery ?? {};
    const attempts = Math.max(...(found?.map(({ metadata }) => metadata.attempts.length) ?? []));
    const chain = 1 + (resourceMetadata?.attempts.length ?? 0) + attempts;
    expect(chain).toBe(5);
    expect(took(examination)).toBeLessThanOrEqual(2 * chain * 100);
  });
});

test('probes stand in the order of the specification, in whatever order they end', async () => {
  const issuers = [ISSUER, 'https://other.example'];
  const servers = {
    'https://mcp.example': paths({ ...RIGHT, [`${RESOURCE}/mcp`]: prm(SERVER, ...issuers) }),
    [ISSUER]: paths({ [OAUTH]: asm(ISSUER, { jwks_uri: `${ISSUER}/keys` }), '/keys': { keys: [] } }),
    'https://other.example': paths({ [OPENID]: asm('https://other.example') }),
  };
  const kinds = ({ probes }: Examination) => probes.map(({ kind, about = '' }) => `${kind} ${about}`);
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % 400;
  };
  const one = kinds(await pass(slow(() => 0, servers)));
  const other = kinds(await pass(slow(random, servers)));
  expect(other).toEqual(one);
  const places = ['post-empty ', 'resource-named ', `server-oauth ${ISSUER}`, `jwks ${ISSUER}`];
  const found = [...places, 'server-oauth https://other.example'].map(each => one.indexOf(each));
  expect(found).not.toContain(-1);
  expect(found).toEqual([...found].sort((a, b) => a - b));
});

describe('a host that has too many requests', () => {
  const limited = (retryAfter: string, times: number) => {
    let left = times;
    const asked: number[] = [];
    const world: FakeWorld = slow(() => 10, {
      ...right,
      'https://mcp.example': (request, dialled) => {
        asked.push(world.now());
        if (left-- > 0) return new Response('', { status: 429, headers: { 'retry-after': retryAfter } });
        return right['https://mcp.example'](request, dialled);
      },
    });
    return { world, asked };
  };

  test('is asked again when it said, and not before', async () => {
    const { world, asked } = limited('3', 4);
    const examination = await pass(world, 'server');
    const put = examination.probes.filter(({ kind }) => kind === 'limited');
    expect(put.length).toBeGreaterThan(0);
    expect(examination.discovery?.chosen?.issuer).toBe(ISSUER);
    const start = examination.startedAt;
    // What was on its way already had been sent; nothing new is sent before the three seconds are over.
    expect(asked.filter(at => at > start + 50 && at < start + 3_000)).toEqual([]);
    for (const { about } of put) {
      const again = examination.probes.find(({ kind }) => kind === about);
      expect(again?.exchanges).toHaveLength(1);
    }
  });

  test('is not waited for where it wants longer than a pass may take', async () => {
    const { world } = limited('3600', 1_000);
    const examination = await pass(world);
    expect(took(examination)).toBeLessThan(10_000);
    expect(examination.probes.filter(({ kind }) => kind === 'limited')).toEqual([]);
  });
});

test('progress tells how many of the questions so far are answered, and ends with all of them', async () => {
  const world = fakeWorld({ servers: right });
  const { trace, root } = openTrace(world);
  const told: string[] = [];
  await examine(new URL(SERVER), 'server', root, trace, world, { onProgress: doing => told.push(doing) });
  const counts = told.flatMap(each =>
    [...(/^(\d+) of (\d+) questions/.exec(each) ?? [])].slice(1).map(Number),
  );
  expect(counts.length).toBeGreaterThan(20);
  expect(counts.at(-2)).toBe(counts.at(-1));
});

test('a stream that is opened and stays quiet, or a HEAD for one, does not hold the pass up', async () => {
  const world = slow(() => 10, {
    ...right,
    'https://mcp.example': paths({
      ...RIGHT,
      '/mcp': (request, dialled) =>
        request.method === 'HEAD'
          ? new Promise<Response>(() => {})
          : request.method === 'GET'
            ? new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } })
            : RIGHT['/mcp'](request, dialled),
    }),
  });
  expect(took(await pass(world))).toBeLessThan(5_000);
});

describe('what has no end', () => {
  test('is left after a bounded part of it', async () => {
    let pulled = 0;
    const endless: Handler = () =>
      new Response(
        new ReadableStream({
          pull: controller => {
            pulled++;
            controller.enqueue(new Uint8Array(64 * 1024).fill(32));
          },
        }),
      );
    const world = slow(() => 10, { ...right, 'https://mcp.example': endless });
    const examination = await pass(world);
    // 256 KiB of each answer, and what a stream fetches ahead.
    expect(pulled).toBeLessThan(30 * examination.probes.length);
    expect(took(examination)).toBeLessThan(5_000);
  });

  test('costs a minute at most where it drips, redirects in circles or always has us come back', async () => {
    const drip: Handler = () =>
      new Response(
        new ReadableStream({
          pull: async controller => {
            await world.clock.sleep(900);
            controller.enqueue(new Uint8Array([32]));
          },
        }),
      );
    const circle: Handler = ({ url }) => Response.redirect(url, 302);
    const later: Handler = () => new Response('', { status: 429, headers: { 'retry-after': '9' } });
    const world: FakeWorld = fakeWorld();
    for (const handler of [drip, circle, later]) {
      world.mount('https://mcp.example', handler);
      expect(took(await pass(world))).toBeLessThanOrEqual(61_000);
    }
  });
});

test('a server on a private network may lead to others there, a public one may not', async () => {
  const inside = { handle: paths(RIGHT_ISSUER), address: '10.0.0.6' };
  const reached = async (address: string) => {
    const world = fakeWorld({
      servers: { 'https://mcp.example': { handle: paths(RIGHT), address }, [ISSUER]: inside },
    });
    const { probes, exchanges } = await pass(world);
    const probe = probes.find(({ kind }) => kind === 'server-oauth');
    return exchanges[probe?.exchanges[0] ?? '']?.outcome.kind;
  };
  expect(await reached('10.0.0.5')).toBe('answered');
  expect(await reached('20.0.0.5')).toBe('failed');
});

test('an instrument that fails is left out, and ends nothing', async () => {
  const world = fakeWorld({ servers: right });
  const { trace, root } = openTrace(world);
  const broken = () => Promise.reject(new Error('No such instrument.'));
  const instruments = { lookUp: broken, lookAtTls: broken, lookAtProxy: () => ({ configured: [] }) };
  const examination = await examine(new URL(SERVER), 'server', root, trace, world, { instruments });
  expect(examination).toMatchObject({ names: [], tls: [] });
  expect(examination.discovery?.chosen?.issuer).toBe(ISSUER);
});
