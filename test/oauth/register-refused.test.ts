import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { obtainClient } from '../../src/oauth/register.ts';
import { serverMetadata } from '../support/authorization-server.ts';
import type { Handler } from '../support/fake-world.ts';
import { client, NOW, REDIRECTS, thrown } from '../support/registering.ts';

describe('a refused registration', () => {
  const refused = (asked: JsonObject, unless: (asked: JsonObject) => boolean) =>
    unless(asked)
      ? undefined
      : Response.json(
          { error: 'invalid_client_metadata', error_description: 'application_type is not known.' },
          { status: 400 },
        );

  test.each<[string, (asked: JsonObject) => boolean]>([
    ['application_type', asked => asked.application_type === undefined],
    ['more than one redirect URI', asked => (asked.redirect_uris as unknown[]).length === 1],
  ])('because of %s is asked for once more without it', async (_what, unless) => {
    const { obtain, server, span, store } = client({ register: (_answer, asked) => refused(asked, unless) });
    const registration = await obtain();
    expect(server.registered).toHaveLength(2);
    expect(registration.redirectUris).toEqual(REDIRECTS.slice(0, 1));
    expect(registration).not.toHaveProperty('clientSecret');
    expect(store.kept).toEqual([registration]);
    expect(span.notes).toContain(
      'The registration was refused; asking again with token_endpoint_auth_method none, one redirect URI and no application_type.',
    );
  });

  const takesSecretsOnly = (asked: JsonObject) =>
    asked.token_endpoint_auth_method !== 'none' && asked.application_type === undefined;

  test.each([
    ['the one every server knows', undefined, 'client_secret_basic'],
    ['one the server lists', ['none', 'client_secret_post'], 'client_secret_post'],
  ])('because of public clients is asked for with a secret: %s', async (_what, listed, method) => {
    const metadata = listed ? { tokenEndpointAuthMethodsSupported: listed } : {};
    const { obtain, server } = client(
      { register: (_answer, asked) => refused(asked, takesSecretsOnly) },
      { metadata },
    );
    const registration = await obtain();
    expect(server.registered).toHaveLength(3);
    expect(registration.clientSecret).toMatch(/^client-secret/);
    expect(registration.tokenEndpointAuthMethod).toBe(method);
  });

  test('is not asked for with a secret where the server has public clients only', async () => {
    const metadata = { tokenEndpointAuthMethodsSupported: ['none'] };
    const { obtain, server } = client(
      { register: (_answer, asked) => refused(asked, takesSecretsOnly) },
      { metadata },
    );
    expect((await thrown(obtain())).code).toBe('registration.refused');
    expect(server.registered.map(each => each.token_endpoint_auth_method)).toEqual(['none', 'none']);
  });

  test('because of the redirect URI tells of the flag for servers that know localhost only', async () => {
    const { obtain } = client({
      register: () => Response.json({ error: 'invalid_redirect_uri' }, { status: 400 }),
    });
    expect((await thrown(obtain())).remedy).toMatch(/^If it knows .* localhost only, add --host localhost;/);
  });

  test('says what the first refusal said, in one short line', async () => {
    const answers = [
      { error: 'access_denied', error_description: `Not\nyou.${'!'.repeat(1_000)}` },
      { error: 'invalid_client_metadata', error_description: 'Something else.' },
    ];
    const { obtain, server, store } = client({
      register: () => Response.json(answers[server.registered.length - 1] ?? {}, { status: 400 }),
    });
    const fault = await thrown(obtain());
    expect(fault.code).toBe('registration.refused');
    expect(fault.message).toMatch(
      /^https:\/\/as\.example refused to register Keybridge: access_denied \("Not you\.!+…"\)\.$/,
    );
    expect(fault.message.length).toBeLessThan(300);
    expect(fault.remedy).toContain('--static-oauth-client-info');
    expect(store.kept).toEqual([]);
  });

  test.each([
    ['401', new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } }), 'status 401'],
    ['403', new Response('<html>', { status: 403, headers: { 'content-type': 'text/html' } }), 'status 403'],
    ['404', new Response('', { status: 404 }), 'status 404'],
    ['a redirect', new Response('', { status: 302, headers: { location: '/login' } }), 'status 302'],
    ['a web page', new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }), ''],
    ['no client id', Response.json({ client_name: 'x' }, { status: 201 }), ''],
  ])('that is no answer of RFC 7591 says so: %s', async (_what, answer, told) => {
    const { obtain } = client({ register: () => answer.clone() });
    const fault = await thrown(obtain());
    expect(fault).toMatchObject({ code: 'registration.refused' });
    expect(fault.message).toContain(told);
    expect(fault.remedy).toContain('`keybridge trace`');
  });

  test('is not asked for again with what the user wanted changed', async () => {
    const { obtain, server } = client({
      register: () => Response.json({ error: 'invalid_client_metadata' }, { status: 400 }),
    });
    const fault = await thrown(obtain({ options: { clientMetadata: { scope: 'a' } } }));
    expect(fault.code).toBe('registration.refused');
    expect(server.registered).toHaveLength(1);
  });
});

describe('a registration that could not be asked for', () => {
  const failing = (handle: Handler) => {
    const { world, obtain, ...rest } = client();
    world.mount('https://as.example', handle);
    return { world, obtain, ...rest };
  };

  test.each([429, 500, 503])('because of status %i can be tried again, and is not at once', async status => {
    const { obtain, world } = failing(() => new Response('<html>', { status }));
    const fault = await thrown(obtain());
    expect(fault).toMatchObject({ code: 'token.unavailable' });
    expect(fault.message).toBe(`https://as.example did not answer a registration (status ${status}).`);
    expect(world.dials).toHaveLength(1);
  });

  test('says why the connection failed', async () => {
    const { obtain, world } = failing(() => {
      throw new Fault('net.refused', 'Nobody listens there.');
    });
    expect(await thrown(obtain())).toMatchObject({ code: 'net.refused', message: 'Nobody listens there.' });
    expect(world.dials).toHaveLength(1);
  });

  test('in time can be tried again', async () => {
    const { span, store } = client();
    const late = async () => {
      throw new DOMException('The operation timed out.', 'TimeoutError');
    };
    const reach = { span: { ...span, fetch: late } };
    const fault = await thrown(obtainClient(serverMetadata(), REDIRECTS, {}, store, reach, NOW));
    expect(fault).toMatchObject({
      code: 'token.unavailable',
      message: 'https://as.example did not answer a registration in time.',
    });
  });

  test.each([
    new Fault('sign-in.cancelled', 'Enough.'),
    new DOMException('The operation was aborted.', 'AbortError'),
  ])('because it was called off rejects with the reason for it', async reason => {
    const abort = new AbortController();
    const { obtain, world } = failing(() => {
      abort.abort(reason);
      return new Promise<Response>(() => {});
    });
    await expect(obtain({ signal: abort.signal })).rejects.toBe(reason);
    expect(world.dials).toHaveLength(1);
  });
});
