import { describe, expect, test } from 'vitest';
import type { FlowArrow, FlowEvent } from '../../src/api/window.ts';
import { Fault } from '../../src/base/fault.ts';
import type { BridgeSettings } from '../../src/broker/settings.ts';
import { Flows } from '../../src/window/flows.ts';
import { type Household, household, settings, signedIn, until } from '../support/household.ts';

/** A window that watches one sign-in; `go` is asked wherever it waits. */
function watch(
  house: Household,
  how: 'at-once' | 'step-by-step' = 'at-once',
  { more = {}, go = () => true }: { more?: Partial<BridgeSettings>; go?: (event: FlowEvent) => boolean } = {},
) {
  const own = settings(more);
  const flows = new Flows(house, { settingsOf: async () => own });
  const events: FlowEvent[] = [];
  const stream = flows.signIn(own, how)[Symbol.asyncIterator]();
  let flow = '';
  const end = (async () => {
    try {
      for (let next = await stream.next(); !next.done; next = await stream.next()) {
        const event = next.value;
        events.push(event);
        if (event.kind === 'started') flow = event.flow;
        if (event.kind === 'waiting' && go(event)) await flows.goOn(flow);
      }
      return undefined;
    } catch (error) {
      return Fault.of(error);
    }
  })();
  return {
    events,
    end,
    flows,
    goOn: () => flows.goOn(flow),
    leave: () => stream.return?.(),
    waits: () => events.flatMap(event => (event.kind === 'waiting' ? [event.before] : [])),
    arrow: (id: string) => arrows(events).get(id),
    states: () => [...arrows(events).values()].map(({ id, state }) => `${id} ${state}`),
    isWaiting: () => events.at(-1)?.kind === 'waiting',
  };
}

function arrows(events: readonly FlowEvent[]): Map<string, FlowArrow> {
  return new Map(events.flatMap(event => (event.kind === 'arrow' ? [[event.arrow.id, event.arrow]] : [])));
}

const values = (arrow: FlowArrow | undefined) =>
  Object.fromEntries((arrow?.fields ?? []).map(({ name, value }) => [name, value]));

const WHOLE = [
  'asked done',
  'request done',
  'challenge done',
  'resource-metadata done',
  'server-metadata done',
  'registration done',
  'open done',
  'consent done',
  'callback done',
  'token done',
  'call done',
  'ready done',
];

describe('a sign-in at once', () => {
  test('draws every arrow in order and ends with what the token says', async () => {
    const house = household();
    const window = watch(house);
    await house.opens(1);
    await house.consent();
    expect(await window.end).toBeUndefined();
    expect(window.states()).toEqual(WHOLE);
    expect(window.events.some(({ kind }) => kind === 'note')).toBe(false);
    expect(window.events.at(0)).toMatchObject({ kind: 'started', serverHost: 'mcp.example' });
    expect(window.events.at(-1)).toMatchObject({ kind: 'signed-in', tokenNeeded: true });
    const told = window.events.find(event => event.kind === 'claims');
    expect(told?.kind === 'claims' && told.format).toBe('opaque');
    expect(told?.kind === 'claims' && told.claims.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'scope information',
      'exp information',
      'token_type as-expected',
      'refresh_token information',
    ]);
    for (const id of ['request', 'challenge', 'resource-metadata', 'server-metadata', 'token', 'call'])
      expect(window.arrow(id)?.exchanges, id).not.toEqual([]);
  });

  test('names the hosts before the tab opens, and opens none until it is let go on', async () => {
    const house = household();
    const window = watch(house, 'at-once', { go: () => false });
    await until('it waits', window.isWaiting);
    expect(window.events.at(-1)).toEqual({
      kind: 'waiting',
      before: 'authorization',
      hosts: { server: 'mcp.example', issuer: 'as.example', authorize: 'as.example' },
    });
    expect(house.world.opened).toEqual([]);
    await window.goOn();
    await house.opens(1);
    await house.consent();
    expect(await window.end).toBeUndefined();
    expect(window.waits()).toEqual(['authorization']);
  });

  test('gives the link where no browser can be opened', async () => {
    const openBrowser = async () => {
      throw new Fault('sign-in.browser', 'No browser could be started on this machine.');
    };
    const house = household({ world: { openBrowser } });
    const window = watch(house);
    const link = () => window.events.find(event => event.kind === 'link');
    await until('there is a link', () => link() !== undefined);
    expect(link()).toMatchObject({ kind: 'link', opened: false });
    const found = link();
    await house.consent(new URL(found?.kind === 'link' ? found.url : ''));
    expect(await window.end).toBeUndefined();
  });

  test('gives the hosts a grant they use at once', async () => {
    const house = household();
    const window = watch(house);
    await house.opens(1);
    await house.consent();
    await window.end;
    const host = house.host();
    expect(await host.initialize()).toMatchObject({ result: {} });
    expect(house.tabs()).toHaveLength(1);
    await host.leave();
  });

  test('joins the one that a host waits for, with what has happened so far', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const window = watch(house, 'at-once', { go: () => false });
    await until('it waits', window.isWaiting);
    expect(window.events).toContainEqual(expect.objectContaining({ kind: 'note' }));
    expect(window.arrow('registration')?.state).toBe('done');
    await house.consent();
    expect(await window.end).toBeUndefined();
    expect(house.as.registered).toHaveLength(1);
    expect(house.as.redeemed).toHaveLength(1);
    expect(await host.ask('tools/list')).toMatchObject({ result: {} });
    await host.leave();
  });

  test('shows that the token there is is taken, without another sign-in', async () => {
    const house = household();
    const host = await signedIn(house);
    const window = watch(house);
    expect(await window.end).toBeUndefined();
    expect(window.states()).toEqual(['asked done', 'request skipped', 'call done', 'ready done']);
    expect(window.events.some(({ kind }) => kind === 'claims')).toBe(true);
    await host.leave();
  });
});

describe('a sign-in that is walked', () => {
  test('waits before each request and shows what is then sent', async () => {
    const house = household();
    const window = watch(house, 'step-by-step', { go: () => false });
    const next = async (before: FlowArrow['kind'], arrow: string) => {
      await until(`it waits before ${before}`, () => window.waits().at(-1) === before && window.isWaiting());
      expect(window.arrow(arrow)?.state).toBe('next');
      const sent = house.world.dials.length;
      return { sent, shown: values(window.arrow(arrow)), goOn: window.goOn };
    };
    const request = await next('request', 'request');
    expect(request.sent).toBe(0);
    await request.goOn();
    await (await next('resource-metadata', 'resource-metadata')).goOn();
    const registration = await next('registration', 'registration');
    expect(house.as.registered).toEqual([]);
    await registration.goOn();
    const authorization = await next('authorization', 'open');
    const [registered = {}] = house.as.registered;
    const texts = Object.entries(registered).map(([name, value]) => [name, [value].flat().join(', ')]);
    expect(registration.shown).toEqual(Object.fromEntries(texts));
    await authorization.goOn();
    await house.opens(1);
    const consented = house.consent();
    const token = await next('token', 'token');
    expect(house.as.redeemed).toEqual([]);
    const [authorized] = house.as.authorized;
    expect(Object.keys(authorization.shown)).toEqual([...(authorized?.keys() ?? [])]);
    expect(authorization.shown).toMatchObject({
      code_challenge: '(hidden, 43 characters)',
      state: '(hidden, 43 characters)',
      resource: authorized?.get('resource'),
    });
    expect(values(window.arrow('callback'))).toMatchObject({
      code: expect.stringMatching(/^.hidden, 2\d characters.$/),
      iss: 'https://as.example',
    });
    await token.goOn();
    await (await next('call', 'call')).goOn();
    expect(await window.end).toBeUndefined();
    await consented;
    const [redeemed] = house.as.redeemed;
    expect(Object.keys(token.shown).sort()).toEqual([...(redeemed?.parameters.keys() ?? [])].sort());
    expect(window.states()).toEqual(WHOLE);
  });

  test('with a client secret shows how it is sent, and not the secret', async () => {
    const house = household();
    const staticClient = { clientId: 'mine', clientSecret: 'a-client-secret-of-mine' };
    const window = watch(house, 'step-by-step', { more: { client: { staticClient } } });
    await house.opens(1);
    await house.consent();
    await window.end;
    expect(window.arrow('registration')?.state).toBe('skipped');
    expect(values(window.arrow('token')).Authorization).toBe('Basic (hidden, 23 characters)');
    expect(JSON.stringify(window.events)).not.toContain('a-client-secret-of-mine');
  });
});

test('a client that the server has forgotten is registered anew, and drawn so', async () => {
  const house = household();
  const first = await signedIn(house);
  await first.leave();
  await house.broker.logout(settings());
  let isForgotten = true;
  const { handle } = house.as;
  house.world.mount(house.as.issuer, (request, dialled) => {
    const { pathname, searchParams } = new URL(request.url);
    const isLost = isForgotten && pathname === '/authorize' && searchParams.get('client_id') === 'client-1';
    return isLost ? new Response('Unknown client', { status: 400 }) : handle(request, dialled);
  });
  const window = watch(house);
  await house.opens(2);
  isForgotten = false;
  await house.consent();
  expect(await window.end).toBeUndefined();
  expect(house.as.registered).toHaveLength(2);
  expect(window.arrow('registration')?.state).toBe('skipped');
  expect(window.arrow('registration-2')?.state).toBe('done');
  expect(window.arrow('token-2')?.state).toBe('done');
  expect(window.events.at(-1)?.kind).toBe('signed-in');
});

describe('a sign-in without a browser', () => {
  const metadata = { device_authorization_endpoint: 'https://as.example/device_authorization' };

  test('by device code shows the code, and waits for no tab', async () => {
    const house = household({ quirks: { metadata } });
    const window = watch(house, 'at-once', { more: { client: { grant: 'device-code' } } });
    await until('there is a code', () => window.events.some(({ kind }) => kind === 'link'));
    expect(window.events.find(({ kind }) => kind === 'link')).toMatchObject({
      opened: false,
      userCode: expect.any(String),
    });
    house.as.entered();
    await house.world.clock.advance(10_000);
    expect(await window.end).toBeUndefined();
    expect(window.waits()).toEqual([]);
    expect(window.states()).toEqual(
      WHOLE.map(each => each.replace('open', 'device')).filter(each => !each.startsWith('callback')),
    );
  });

  test('as the client itself asks nobody', async () => {
    const house = household();
    const staticClient = { clientId: 'mine', clientSecret: 'a-client-secret-of-mine' };
    const window = watch(house, 'at-once', {
      more: { client: { grant: 'client-credentials', staticClient } },
    });
    await window.end;
    expect(window.waits()).toEqual([]);
    expect(values(window.arrow('token'))).toMatchObject({ grant_type: 'client_credentials' });
  });
});

describe('a sign-in that fails', () => {
  test('because consent was denied says so, and marks the answer', async () => {
    const house = household({
      quirks: {
        callback: back => {
          back.delete('code');
          back.set('error', 'access_denied');
        },
      },
    });
    const window = watch(house);
    await house.opens(1);
    await house.consent();
    expect(await window.end).toMatchObject({ code: 'sign-in.denied', remedy: expect.any(String) });
    expect(window.arrow('callback')).toMatchObject({ state: 'failed' });
    expect(window.arrow('token')).toBeUndefined();
  });

  test('at the token endpoint marks that', async () => {
    const house = household({
      quirks: { token: () => Response.json({ error: 'invalid_grant' }, { status: 400 }) },
    });
    const window = watch(house);
    await house.opens(1);
    await house.consent();
    expect(await window.end).toMatchObject({ code: 'sign-in.failed' });
    expect(window.arrow('token')?.state).toBe('failed');
  });

  test('shows nothing of an answer that another server gave', async () => {
    const house = household({ quirks: { callback: back => back.set('iss', 'https://evil.example') } });
    const window = watch(house);
    await house.opens(1);
    await house.consent();
    expect(await window.end).toMatchObject({ code: 'sign-in.failed' });
    expect(new Set(Object.values(values(window.arrow('callback'))))).toEqual(new Set(['(not shown)']));
    expect(JSON.stringify(window.events)).not.toContain('evil');
  });

  test('because the window was closed waits for nobody any more, and keeps nobody from another', async () => {
    const house = household();
    const window = watch(house, 'at-once', { go: () => false });
    await until('it waits', window.isWaiting);
    await window.leave();
    await until('nothing is pending', () => !house.broker.signingIn);
    await expect(window.goOn()).rejects.toMatchObject({ code: 'sign-in.cancelled' });
    expect((await house.broker.status()).servers).toEqual([]);
    expect(house.world.opened).toEqual([]);
    const again = watch(house);
    await house.opens(1);
    await house.consent();
    expect(await again.end).toBeUndefined();
  });

  test('goes on for the host that waits for it when the window is closed', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const window = watch(house, 'at-once', { go: () => false });
    await until('it waits', window.isWaiting);
    await window.leave();
    await house.consent();
    expect(await host.ask('tools/list')).toMatchObject({ result: {} });
    await host.leave();
  });
});

test('no event of a sign-in has a secret in it, right or wrong', async () => {
  for (const token of [undefined, () => Response.json({ error: 'invalid_grant' }, { status: 400 })]) {
    const house = household({ quirks: token ? { token } : {} });
    const window = watch(house, 'step-by-step');
    await house.opens(1);
    await house.consent();
    await window.end;
    const text = JSON.stringify(window.events);
    const [redeemed] = house.as.redeemed;
    expect(house.as.secrets.length).toBeGreaterThan(0);
    for (const secret of [...house.as.secrets, redeemed?.parameters.get('code_verifier') ?? 'none'])
      expect(text).not.toContain(secret);
  }
});
