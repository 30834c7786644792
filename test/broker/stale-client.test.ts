import { describe, expect, test } from 'vitest';
import type { Handler } from '../support/fake-world.ts';
import { calm, faultIn, type Household, household, settings, signedIn, until } from '../support/household.ts';

/** Answers of the authorization page to the client that was registered first. */
function atThePage(house: Household, answer: Handler): void {
  house.world.mount(house.as.issuer, (request, dialled) => {
    const { pathname, searchParams } = new URL(request.url);
    const first = pathname === '/authorize' && searchParams.get('client_id') === 'client-1';
    return first ? answer(request, dialled) : house.as.handle(request, dialled);
  });
}

/** Somebody signs in whose client was registered some time ago; the page for it answers so by now. */
async function again(house: Household, answer: Handler) {
  await (await signedIn(house)).leave();
  await house.broker.logout(settings());
  atThePage(house, answer);
  const host = house.host();
  return { host, initialized: host.initialize() };
}

const client = (house: Household) => house.world.opened.at(-1)?.searchParams.get('client_id');
const page =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    new Response('<html>Unknown client</html>', {
      status,
      headers: { 'content-type': 'text/html', ...headers },
    });

const heading = (html: string) => () => new Response(html, { headers: { 'content-type': 'text/html' } });

describe('a client registered some time ago', () => {
  test.each([400, 401, 403, 404])(
    'that the authorization page refuses with %i is registered anew; only the link that works is shown',
    async status => {
      const house = household();
      const { host, initialized } = await again(house, page(status));
      await initialized;
      await house.opens(2);
      expect(client(house)).toBe('client-2');
      await house.consent();
      expect((await host.ask('tools/list')).result).toBeDefined();
      expect(house.tabs()).toHaveLength(2);
    },
  );

  test.each([
    [
      'a page of its own with an error in its address',
      () => Response.redirect('https://as.example/error?error=invalid_client'),
    ],
    ['a page that says so in its title', heading('<title>Unknown client - Example</title>')],
    ['a page that says so in a heading', heading('<H1 class="x">Client with id client-1 not found</H1>')],
    ['JSON with status 200', () => Response.json({ error: 'unauthorized_client' })],
  ])('that the authorization page answers with %s is registered anew', async (_what, answer) => {
    const house = household();
    await (await again(house, answer)).initialized;
    await house.opens(2);
    expect(client(house)).toBe('client-2');
    expect(house.tabs()).toHaveLength(2);
  });

  test.each([
    ['a page that knows every error', heading('<title>Sign in</title><script>"invalid_client"</script>')],
    ['a page without an end', heading(`<title>Unknown client</title>${'x'.repeat(300 * 1024)}`)],
    ['a redirect to its sign-in', () => Response.redirect('https://as.example/login?client_id=client-1')],
    ['a page to sign in', page(200)],
    ['an outage', page(503)],
    ['too many requests', page(429)],
    ['a guard against robots', page(403, { 'cf-mitigated': 'challenge' })],
    ['a broken connection', () => Promise.reject(new Error('reset'))],
  ])('that the page answers with %s is used as it is', async (_what, answer) => {
    const house = household();
    await (await again(house, answer)).initialized;
    await house.opens(2);
    expect(client(house)).toBe('client-1');
    expect(house.as.registered).toHaveLength(1);
  });

  test('is used as it is when the page says nothing for five seconds', async () => {
    const house = household();
    await again(house, () => new Promise<Response>(() => {}));
    await until('the page was asked for', () =>
      /authorize.*client-1/.test(house.world.dials.at(-1)?.url ?? ''),
    );
    await calm();
    expect(house.tabs()).toHaveLength(1);
    await house.world.clock.advance(5_000);
    await house.opens(2);
    expect(client(house)).toBe('client-1');
  });
});

describe('a client that turns out to be unknown when the code is exchanged', () => {
  const unknown = () => Response.json({ error: 'invalid_client' }, { status: 401 });

  test('is registered anew, and the new link is shown at once to whoever waits', async () => {
    let lost = true;
    const house = household({ quirks: { token: () => (lost ? unknown() : undefined) } });
    const [host, other] = [house.host(), house.host()];
    await Promise.all([host.initialize(), other.initialize()]);
    await house.opens(1);
    expect((await house.consent()).status).toBe(502);
    await house.opens(2);
    expect(client(house)).toBe('client-2');
    expect(new Set(house.tabs()).size).toBe(2);
    lost = false;
    await house.consent();
    expect((await host.ask('tools/list')).result).toBeDefined();
    expect((await other.ask('tools/list')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(2);
  });

  test('is registered anew once: a server that knows none of its clients is said to be so', async () => {
    const house = household({ quirks: { token: unknown } });
    const host = house.host();
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    await house.opens(2);
    await house.consent();
    expect(faultIn(await list)?.code).toBe('registration.stale');
    await calm();
    expect(house.as.registered).toHaveLength(2);
    expect(house.tabs()).toHaveLength(2);
  });

  test('and had taken the place of one that a renewal found to be unknown is not replaced again', async () => {
    let lost = false;
    const house = household({ quirks: { token: () => (lost ? unknown() : undefined) } });
    const host = await signedIn(house);
    await house.world.clock.advance(2 * 3_600_000);
    lost = true;
    const call = host.ask('tools/call');
    await house.opens(2);
    expect(client(house)).toBe('client-2');
    await house.consent();
    expect(faultIn(await call)?.code).toBe('registration.stale');
    await calm();
    expect(house.as.registered).toHaveLength(2);
    expect(house.tabs()).toHaveLength(2);
    // The next start may try once more.
    await host.leave();
    await house.world.clock.advance(60_000);
    lost = false;
    const next = house.host();
    await next.initialize();
    await house.opens(3);
    expect(client(house)).toBe('client-3');
  });

  test('and was given by the user is not replaced', async () => {
    const house = household({ quirks: { token: unknown } });
    const host = house.host({ client: { staticClient: { clientId: 'by-hand' } } });
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    expect(faultIn(await list)).toMatchObject({
      code: 'registration.stale',
      remedy: 'Check the client id and the secret given with --static-oauth-client-info.',
    });
    expect(house.as.registered).toEqual([]);
    expect(house.tabs()).toHaveLength(1);
  });

  test('and has a metadata document is not replaced', async () => {
    const metadata = { client_id_metadata_document_supported: true };
    const house = household({ quirks: { token: unknown, metadata } });
    const host = house.host({ client: { clientMetadataUrl: 'https://client.example/meta.json' } });
    await host.initialize();
    const list = host.ask('tools/list');
    await house.opens(1);
    await house.consent();
    expect(faultIn(await list)?.remedy).toContain('--client-metadata-url');
    expect(house.as.registered).toEqual([]);
  });
});
