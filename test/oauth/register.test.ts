import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { ClientRegistration } from '../../src/oauth/grant.ts';
import { obtainClient } from '../../src/oauth/register.ts';
import { serverMetadata } from '../support/authorization-server.ts';
import { client, NOW, REDIRECTS, type Setting, thrown } from '../support/registering.ts';

function earlier(more: Partial<ClientRegistration> = {}): ClientRegistration {
  return {
    issuer: 'https://as.example',
    clientId: 'earlier',
    tokenEndpointAuthMethod: 'none',
    source: 'dynamic',
    redirectUris: REDIRECTS,
    registeredAt: 1,
    ...more,
  };
}

describe('which client is used', () => {
  const everything: Setting = {
    options: {
      staticClient: { clientId: 'static' },
      clientMetadataUrl: 'https://client.example/keybridge.json',
    },
    metadata: { clientIdMetadataDocumentSupported: true },
    kept: [earlier()],
  };
  const { staticClient: _, ...withoutStatic } = everything.options ?? {};

  test('the static one before all others', async () => {
    const { obtain, world } = client({}, everything);
    expect(await obtain()).toEqual({
      issuer: 'https://as.example',
      clientId: 'static',
      tokenEndpointAuthMethod: 'none',
      source: 'static',
      redirectUris: REDIRECTS,
      registeredAt: NOW,
    });
    expect(world.dials).toEqual([]);
  });

  test('then the metadata document, where the server takes one', async () => {
    const { obtain, world } = client({}, { ...everything, options: withoutStatic });
    expect(await obtain()).toMatchObject({
      clientId: 'https://client.example/keybridge.json',
      tokenEndpointAuthMethod: 'none',
      source: 'metadata-document',
    });
    expect(world.dials).toEqual([]);
  });

  test('then the one registered here before', async () => {
    const { obtain, world } = client({}, { ...everything, options: withoutStatic, metadata: {} });
    expect(await obtain()).toEqual(earlier());
    expect(world.dials).toEqual([]);
  });

  test('then a new registration, which is kept', async () => {
    const { obtain, server, store } = client({}, { options: withoutStatic });
    const registered = await obtain();
    expect(registered).toEqual(earlier({ clientId: 'client-1', registeredAt: NOW }));
    expect(store.kept).toEqual([registered]);
    expect(await obtain()).toEqual(registered);
    expect(server.registered).toHaveLength(1);
  });

  test('and none where the server registers nobody: the user is asked for one', async () => {
    for (const options of [{}, withoutStatic]) {
      const metadata = serverMetadata();
      delete metadata.registrationEndpoint;
      const { span, store, world } = client();
      const fault = await thrown(obtainClient(metadata, REDIRECTS, options, store, { span }, NOW));
      expect(fault).toMatchObject({ code: 'registration.unsupported' });
      expect(fault.message).toBe('https://as.example does not let clients register themselves.');
      expect(fault.remedy).toContain('--static-oauth-client-info');
      expect(world.dials).toEqual([]);
    }
  });

  test('is said in the trace', async () => {
    const { obtain, span } = client({}, everything);
    await obtain();
    await obtain({ options: withoutStatic });
    await obtain({ options: {} });
    expect(span.notes).toEqual([
      'Using the client id given by the user.',
      'Using the client ID metadata document: the server announces that it takes one.',
      'Using the client registered here before.',
    ]);
  });
});

describe('a client registered before is used again', () => {
  test.each<[string, Partial<ClientRegistration>, boolean]>([
    ['for the same redirect URI', {}, true],
    ['with a secret that does not end', { clientSecret: 's', clientSecretExpiresAt: 0 }, true],
    ['with a secret that still lives', { clientSecret: 's', clientSecretExpiresAt: NOW / 1000 + 1 }, true],
    ['but not with a secret that has ended', { clientSecret: 's', clientSecretExpiresAt: NOW / 1000 }, false],
    ['but not for another port', { redirectUris: ['http://127.0.0.1:4001/callback'] }, false],
    ['but not for the other spelling alone', { redirectUris: REDIRECTS.slice(1) }, false],
    ['but not at another issuer', { issuer: 'https://as.example/' }, false],
    ['but not with other client metadata', { variant: '{"client_name":"Mine"}' }, false],
    ['but not when it was given by the user', { source: 'static' }, false],
    ['but not when it is a metadata document', { source: 'metadata-document' }, false],
  ])('%s', async (_what, more, again) => {
    const { obtain } = client({}, { kept: [earlier(more)] });
    expect((await obtain()).clientId).toBe(again ? 'earlier' : 'client-1');
  });

  test('with its secret kept out of the trace', async () => {
    const { obtain, span } = client({}, { kept: [earlier({ clientSecret: 'kept-secret' })] });
    await obtain();
    expect(span.secrets).toEqual(['kept-secret']);
  });

  test('for the same client metadata of the user, and is told apart by it', async () => {
    const { obtain, server } = client();
    const mine = { options: { clientMetadata: { client_name: 'Mine' } } };
    const ids = [await obtain(), await obtain(mine), await obtain(), await obtain(mine)];
    expect(ids.map(each => each.clientId)).toEqual(['client-1', 'client-2', 'client-1', 'client-2']);
    expect(server.registered.map(each => each.client_name)).toEqual(['Keybridge', 'Mine']);
  });

  test.each<[string, JsonObject]>([
    ['normalizes', { redirect_uris: ['http://127.0.0.1/callback'] }],
    ['empties', { redirect_uris: [] }],
    ['does not repeat', { redirect_uris: null }],
  ])('also where the server %s the redirect URIs', async (_what, change) => {
    const { obtain, server } = client({ register: answer => void Object.assign(answer, change) });
    await obtain();
    expect((await obtain()).clientId).toBe('client-1');
    expect(server.registered).toHaveLength(1);
  });
});

describe('a static client', () => {
  const staticClient = { clientId: 'mine', clientSecret: 'my-secret' };

  test.each<[string[] | undefined, string]>([
    [undefined, 'client_secret_basic'],
    [['none'], 'client_secret_basic'],
    [['private_key_jwt', 'client_secret_post', 'client_secret_basic'], 'client_secret_post'],
    [['client_secret_basic', 'client_secret_post'], 'client_secret_basic'],
  ])('shows its secret the way the server lists first: %j', async (supported, method) => {
    const { obtain } = client();
    const metadata = supported ? { tokenEndpointAuthMethodsSupported: supported } : {};
    const registration = await obtain({ options: { staticClient }, metadata });
    expect(registration).toMatchObject({ clientSecret: 'my-secret', tokenEndpointAuthMethod: method });
  });

  test('shows it as the user says', async () => {
    const { obtain } = client();
    const options = {
      staticClient: { ...staticClient, tokenEndpointAuthMethod: 'client_secret_post' as const },
    };
    expect(await obtain({ options })).toMatchObject({ tokenEndpointAuthMethod: 'client_secret_post' });
  });

  test('has its secret kept out of the trace, and is not stored by us', async () => {
    const { obtain, span, store } = client();
    await obtain({ options: { staticClient } });
    expect(span.secrets).toEqual(['my-secret']);
    expect(store.kept).toEqual([]);
  });
});

describe('what is sent to register', () => {
  test('is a native public client that may refresh', async () => {
    const { obtain, server, span } = client();
    await obtain();
    expect(server.registered).toEqual([
      {
        client_name: 'Keybridge',
        redirect_uris: REDIRECTS,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    ]);
    expect(span.exchanges.map(each => each.purpose)).toEqual(['registration']);
  });

  test.each<[string[] | undefined, string]>([
    [undefined, 'none'],
    [['client_secret_post', 'none'], 'none'],
    [['client_secret_post'], 'client_secret_post'],
    [['private_key_jwt'], 'client_secret_basic'],
  ])('asks for a method the server has: %j', async (supported, method) => {
    const metadata = supported ? { tokenEndpointAuthMethodsSupported: supported } : {};
    const { obtain, server } = client({}, { metadata });
    const registration = await obtain();
    expect(server.registered[0]?.token_endpoint_auth_method).toBe(method);
    expect(registration.tokenEndpointAuthMethod).toBe(method);
    expect(registration.clientSecret !== undefined).toBe(method !== 'none');
  });

  test('can be overridden by the user', async () => {
    const { obtain, server } = client();
    await obtain({ options: { clientMetadata: { client_name: 'Mine', software_id: 'x' } } });
    expect(server.registered[0]).toMatchObject({
      client_name: 'Mine',
      software_id: 'x',
      application_type: 'native',
    });
  });
});

describe('what the server made of it', () => {
  test.each<[string, JsonObject, string]>([
    [
      'a secret and the method for it',
      { token_endpoint_auth_method: 'client_secret_post' },
      'client_secret_post',
    ],
    ['a secret nobody asked for, and no method', { token_endpoint_auth_method: null }, 'client_secret_basic'],
    [
      'a secret, and a method we do not have',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'client_secret_basic',
    ],
    ['a secret, and the word that it is not needed', { token_endpoint_auth_method: 'none' }, 'none'],
  ])('%s', async (_what, change, method) => {
    const { obtain, span } = client({
      register: answer => {
        Object.assign(answer, { client_secret: 'given', client_secret_expires_at: 0 }, change);
        if (change.token_endpoint_auth_method === null) delete answer.token_endpoint_auth_method;
      },
    });
    expect(await obtain()).toMatchObject({ clientSecret: 'given', tokenEndpointAuthMethod: method });
    expect(span.secrets).toContain('given');
  });

  test('no secret means that none is shown, whatever method it names', async () => {
    const { obtain } = client({
      register: answer => void Object.assign(answer, { token_endpoint_auth_method: 'client_secret_basic' }),
    });
    expect((await obtain()).tokenEndpointAuthMethod).toBe('none');
  });

  test('is kept with the end of its secret and what manages it', async () => {
    const { obtain, span } = client({
      register: answer =>
        void Object.assign(answer, {
          client_secret: 'given',
          client_secret_expires_at: 1_800_000_000,
          registration_access_token: 'manage-it',
          registration_client_uri: 'https://as.example/register/1',
        }),
    });
    expect(await obtain()).toMatchObject({
      clientSecretExpiresAt: 1_800_000_000,
      registrationAccessToken: 'manage-it',
      registrationClientUri: 'https://as.example/register/1',
    });
    expect(span.secrets).toEqual(['given', 'manage-it']);
  });
});
