import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { stage } from '../support/flow.ts';

const staticClient = { clientId: 'static' };

describe('a sign-in', () => {
  test('goes step by step, the listener first, and ends in a grant', async () => {
    const { walk, order, server, span } = await stage();
    const { steps, page, outcome } = await walk();
    expect(order).toEqual(['listener', 'listening', 'registered', 'authorize', 'arrived']);
    expect(steps[0]).toEqual({ step: 'listening', redirectUri: 'http://127.0.0.1:4000/callback' });
    expect(steps[1]).toEqual({ step: 'registered', clientId: 'client-1', source: 'dynamic' });
    expect(outcome).toEqual({
      grant: {
        key: {
          server: 'https://mcp.example/mcp',
          resource: 'https://mcp.example/mcp',
          issuer: 'https://as.example',
          clientId: 'client-1',
          profile: 'default',
        },
        accessToken: expect.stringMatching(/^access-token/),
        refreshToken: expect.stringMatching(/^refresh-token/),
        scope: ['default'],
        requestedScope: [],
        obtainedAt: Date.UTC(2026, 0, 1),
        discoveredAt: Date.UTC(2026, 0, 1),
        expiresAt: Date.UTC(2026, 0, 1, 1),
        tokenEndpoint: 'https://as.example/token',
      },
      registration: expect.objectContaining({ clientId: 'client-1', source: 'dynamic' }),
    });
    expect(page).toEqual({
      status: 200,
      title: 'You are signed in',
      text: 'Keybridge can now use mcp.example for you. You can close this tab.',
    });
    const purposes = span.exchanges.map(each => each.purpose);
    expect(purposes).toEqual(['resource-metadata', 'server-metadata', 'registration', 'token']);
    expect(server.redeemed).toHaveLength(1);
  });

  test('sends the browser on where the user wants it to, and only after the code was exchanged', async () => {
    const options = { authSuccessUrl: 'https://app.example/connected' };
    const good = await (await stage({ options })).walk();
    expect(good.page).toMatchObject({ status: 200, location: 'https://app.example/connected' });
    const token = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    const bad = await (await stage({ options, quirks: { token } })).walk();
    expect(bad.page).toMatchObject({ status: 502 });
    expect(bad.page).not.toHaveProperty('location');
  });

  test('registers nothing and makes no link where no listener can be had', async () => {
    const { world, begin, span } = await stage();
    await world.listenForCallback({ host: '127.0.0.1', port: 4000, path: '/callback' }, () => {});
    await expect(begin().next()).rejects.toMatchObject({ code: 'callback.port-in-use' });
    expect(span.exchanges.map(each => each.purpose)).not.toContain('registration');
  });

  test('makes no link where the client cannot be registered', async () => {
    const { begin, link, server } = await stage({
      quirks: { register: () => Response.json({ error: 'access_denied' }, { status: 403 }) },
    });
    await expect(link(begin())).rejects.toMatchObject({ code: 'registration.refused' });
    expect(server.authorized).toEqual([]);
  });

  test('begun twice at once ends with one client and two grants', async () => {
    const { begin, end, link, world, server } = await stage();
    const flows = [begin(), begin()];
    const urls = await Promise.all(flows.map(link));
    expect(server.registered).toHaveLength(1);
    expect(new Set(urls.map(each => each.searchParams.get('state'))).size).toBe(2);
    const ended = Promise.all(flows.map(end));
    const pages = await Promise.all(urls.map(each => world.browse(each)));
    expect(pages.map(page => page.status)).toEqual([200, 200]);
    const tokens = (await ended).map(each => each.grant.accessToken);
    expect(new Set(tokens).size).toBe(2);
  });

  test('needs an authorization server', async () => {
    const { begin } = await stage({
      report: ({ chosen: _, ...report }) => report,
    });
    await expect(begin().next()).rejects.toMatchObject({ code: 'discovery.no-authorization-server' });
  });

  test('keeps where to revoke', async () => {
    const revocationEndpoint = 'https://as.example/revoke';
    const { walk } = await stage({ quirks: { metadata: { revocation_endpoint: revocationEndpoint } } });
    expect((await walk()).outcome).toMatchObject({ grant: { revocationEndpoint } });
  });

  test('has the scope that was asked for where the server does not say which it gave', async () => {
    const { walk } = await stage({
      challenge: 'scope="read write"',
      quirks: { token: answer => void delete answer.scope },
    });
    expect((await walk()).outcome).toMatchObject({ grant: { scope: ['read', 'write'] } });
  });

  test('has every secret of it redacted: verifier, state, code, tokens, client secret', async () => {
    const { walk, server, span } = await stage({
      quirks: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } },
    });
    await walk();
    const verifier = server.redeemed[0]?.parameters.get('code_verifier');
    const state = server.authorized[0]?.get('state');
    expect(server.secrets).toHaveLength(4);
    expect(span.secrets).toEqual(expect.arrayContaining([verifier, state, ...server.secrets]));
    expect(span.notes.join()).not.toMatch(/must-stay-secret/);
  });
});

describe('PKCE and state', () => {
  test('the challenge is the SHA-256 of a verifier that only the token endpoint sees', async () => {
    const { walk, server, span } = await stage();
    await walk();
    const [authorized] = server.authorized;
    const verifier = server.redeemed[0]?.parameters.get('code_verifier') ?? '';
    expect(verifier).toMatch(/^[\w-]{43}$/);
    expect(authorized?.get('code_challenge_method')).toBe('S256');
    expect(authorized?.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'));
    expect(span.requests.some(({ url }) => url.includes(verifier))).toBe(false);
  });

  test('state and verifier are 256 random bits each, anew for every sign-in', async () => {
    const { walk, server } = await stage({ options: { staticClient } });
    await walk();
    await walk();
    const values = [
      ...server.authorized.map(each => each.get('state')),
      ...server.redeemed.map(each => each.parameters.get('code_verifier')),
    ];
    expect(new Set(values).size).toBe(4);
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/);
  });

  test('the code is sent once with the redirect URI and resource of the link', async () => {
    const { walk, server } = await stage();
    await walk();
    const [authorized] = server.authorized;
    expect(server.redeemed).toHaveLength(1);
    expect(Object.fromEntries(server.redeemed[0]?.parameters ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: expect.stringMatching(/^code-/),
      code_verifier: expect.any(String),
      client_id: 'client-1',
      redirect_uri: authorized?.get('redirect_uri'),
      resource: authorized?.get('resource'),
    });
  });
});

describe('the page', () => {
  test('is shown after the code has been exchanged, and once', async () => {
    const { begin, link, world, server } = await stage();
    const flow = begin();
    const pages: unknown[] = [];
    const browsed = world.browse(await link(flow)).then(page => pages.push(page));
    expect((await flow.next()).value).toMatchObject({ step: 'arrived' });
    await world.clock.settle();
    expect(pages).toEqual([]);
    expect(server.redeemed).toEqual([]);
    await flow.next();
    await browsed;
    expect(pages).toMatchObject([{ status: 200 }]);
    expect(server.redeemed).toHaveLength(1);
  });

  test('does not say that all is well while the code is still being exchanged, nor to a second tab', async () => {
    const { begin, link, world, server } = await stage();
    const flow = begin();
    const url = await link(flow);
    const first = world.browse(url);
    await flow.next();
    const second = await world.browse(url);
    expect(server.redeemed).toEqual([]);
    expect(second.title).toBe('This sign-in has already come back');
    expect(second.text).not.toMatch(/complete|signed in|success/i);
    await flow.next();
    expect((await first).status).toBe(200);
  });

  test('of a stray callback says that nothing waits for it, and the real one still works', async () => {
    const { begin, link, world } = await stage();
    const flow = begin();
    const url = await link(flow);
    const stray = 'http://127.0.0.1:4000/callback?code=stolen&state=guessed';
    expect(await world.browse(stray)).toMatchObject({
      status: 404,
      title: 'No sign-in is waiting for this page',
    });
    const browsed = world.browse(url);
    await flow.next();
    expect((await flow.next()).done).toBe(true);
    expect((await browsed).status).toBe(200);
  });

  test('says plainly that the exchange failed', async () => {
    const { walk } = await stage({ quirks: { token: () => new Response('<html>', { status: 500 }) } });
    const { page, outcome } = await walk();
    expect(page).toMatchObject({ status: 502, title: 'The sign-in did not succeed' });
    expect(outcome).toMatchObject({ code: 'token.unavailable', remedy: 'Sign in again in a while.' });
  });

  test('never holds anything the browser or the server said', async () => {
    const said = '<script>alert(1)</script>';
    const { walk } = await stage({
      quirks: {
        callback: back => {
          back.delete('code');
          back.set('error', said);
          back.set('error_description', said);
        },
      },
    });
    const { page } = await walk();
    expect(JSON.stringify(page)).not.toMatch(/script|alert|must-stay-secret|as\.example/);
  });
});

describe('a sign-in that is called off', () => {
  const reason = new Fault('sign-in.cancelled', 'Enough.');
  const STEPS = ['listening', 'registered', 'authorize', 'arrived'] as const;
  /** Walks to a step, the browser going its way. */
  async function walkTo(last: (typeof STEPS)[number], options = {}) {
    const staged = await stage({ options });
    const flow = staged.begin();
    let page: ReturnType<typeof staged.world.browse> | undefined;
    let url: URL | undefined;
    for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) {
      const { value } = await flow.next();
      expect(value).toMatchObject({ step });
      if (step !== 'authorize' || !(value && 'url' in value)) continue;
      url = value.url;
      if (last === 'arrived') page = staged.world.browse(url);
    }
    return { ...staged, flow, page, url };
  }

  test.each(STEPS)('by the signal at "%s" rejects with its reason and leaves nothing', async step => {
    for (const options of [{}, { staticClient }]) {
      const { flow, abort, page, url, world, server } = await walkTo(step, options);
      abort.abort(reason);
      await expect(flow.next()).rejects.toBe(reason);
      expect(await flow.next()).toEqual({ done: true, value: undefined });
      expect(server.redeemed).toEqual([]);
      if (page) expect(await page).toMatchObject({ status: 410, title: 'The sign-in was ended' });
      else if (url) expect((await world.browse(url)).status).toBe(404);
    }
  });

  test.each(STEPS)('by whoever walks it at "%s" leaves nothing', async step => {
    const { flow, page, url, world, server } = await walkTo(step);
    await flow.return(undefined as never);
    expect(server.redeemed).toEqual([]);
    if (page) expect(await page).toMatchObject({ status: 410, title: 'The sign-in was ended' });
    else if (url) expect((await world.browse(url)).status).toBe(404);
  });

  test('by whoever walks it, when the browser has already come back, gives that a page', async () => {
    const { flow, url, world } = await walkTo('authorize');
    const page = world.browse(url ?? '');
    await world.clock.settle();
    await flow.return(undefined as never);
    expect(await page).toMatchObject({ status: 410, title: 'The sign-in was ended' });
  });

  test('while it waits for the browser', async () => {
    const { flow, abort, url, world } = await walkTo('authorize');
    const waiting = flow.next();
    await world.clock.settle();
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect((await world.browse(url ?? '')).status).toBe(404);
  });

  test('while nobody walks it', async () => {
    const { flow, abort, world } = await walkTo('authorize');
    abort.abort(reason);
    await world.clock.settle();
    await expect(flow.next()).rejects.toBe(reason);
  });

  test('while the code is being exchanged', async () => {
    const { flow, abort, page, server, world } = await walkTo('arrived');
    world.mount(server.issuer, () => {
      abort.abort(reason);
      return new Promise<Response>(() => {});
    });
    await expect(flow.next()).rejects.toBe(reason);
    expect(await page).toMatchObject({ status: 410, title: 'The sign-in was ended' });
  });

  test('before it began shows no link', async () => {
    const { begin, link, abort } = await stage({ options: { staticClient } });
    abort.abort(reason);
    await expect(link(begin())).rejects.toBe(reason);
  });
});
