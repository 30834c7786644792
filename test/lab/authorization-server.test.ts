import * as oauth from 'oauth4webapi';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import {
  authorizationUrl,
  discover,
  initialize,
  insecure,
  openCallback,
  post,
  register,
  signIn,
} from '../support/lab-sign-in.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.close());

const refused = { name: 'ResponseBodyError', error: 'invalid_grant' };

describe('discovery and registration', () => {
  test('the same metadata stands at both well-known places, with the issuer as it is', async () => {
    const [first, second] = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map(async name => {
        const response = await fetch(`${lab.issuer}/.well-known/${name}`);
        return response.json();
      }),
    );
    expect(first).toEqual(second);
    expect(first).toMatchObject({
      issuer: lab.issuer,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      registration_endpoint: `${lab.issuer}/reg`,
      revocation_endpoint: `${lab.issuer}/token/revocation`,
      scopes_supported: expect.arrayContaining(['mcp', 'mcp:admin']),
    });
  });

  test('a request under another host name is refused', async () => {
    const { request } = await import('node:http');
    const status = await new Promise(resolve => {
      const headers = { Host: 'rebound.example' };
      request(`${lab.issuer}/.well-known/openid-configuration`, { headers }, res => {
        res.resume();
        resolve(res.statusCode);
      }).end();
    });
    expect(status).toBe(421);
  });

  test('anybody may register, and gets a secret only when the client is confidential', async () => {
    const native = await register(lab, 'http://127.0.0.1:1/callback');
    expect(native.client_secret).toBeUndefined();
    const confidential = await register(lab, 'http://127.0.0.1:1/callback', {
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(confidential.client_secret).toMatch(/.{40}/);
    expect(lab.authorization.counters.registrations).toBe(2);
  });

  test('a client that says nothing of its type or its grants is served too', async () => {
    await using callback = await openCallback();
    const response = await fetch(`${lab.issuer}/reg`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: [callback.redirectUri],
        token_endpoint_auth_method: 'none',
        scope: 'mcp',
      }),
    });
    expect(response.status).toBe(201);
  });
});

describe('the authorization request', () => {
  test('ends at the callback with code, state and iss, and the code buys working tokens', async () => {
    const { callback, state, page, tokens } = await signIn(lab, { account: 'grace' });
    expect(page).toMatchObject({ status: 200, url: callback.redirectUri });
    expect(page.text).toContain('You can close this page.');
    const arrival = callback.arrivals[0]?.searchParams;
    expect(arrival?.get('state')).toBe(state);
    expect(arrival?.get('iss')).toBe(lab.issuer);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'mcp' });
    expect(tokens.refresh_token).toBeDefined();
    expect((await post(lab.serverUrl, tokens.access_token, initialize)).status).toBe(200);
    expect(lab.authorization.counters).toMatchObject({
      registrations: 1,
      authorizationRequests: 1,
      withoutResource: 0,
      codesIssued: 1,
      codeExchanges: 1,
      refreshes: 0,
      revokedFamilies: 0,
      serverErrors: 0,
    });
  });

  test('a JWT access token names the resource as its audience', async () => {
    const { tokens } = await signIn(lab);
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: lab.issuer, aud: lab.serverUrl, sub: 'ada', scope: 'mcp' });
  });

  test('a confidential client signs in with its secret', async () => {
    for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
      const confidential = { token_endpoint_auth_method: method };
      const { tokens, client } = await signIn(lab, {
        register: confidential,
        ...(method === 'client_secret_basic' ? { auth: lateBasic() } : {}),
      });
      expect(client.client_secret).toBeDefined();
      expect((await post(lab.serverUrl, tokens.access_token, initialize)).status).toBe(200);
    }
  });

  test('a native client may come back to any port of the loopback address', async () => {
    const client = await register(lab, 'http://127.0.0.1:1/callback');
    const { tokens } = await signIn(lab, { client });
    expect(tokens.access_token).toBeDefined();
  });

  test('a user who says no sends the client away with access_denied', async () => {
    await using callback = await openCallback();
    const client = await register(lab, callback.redirectUri);
    const verifier = oauth.generateRandomCodeVerifier();
    const url = await authorizationUrl(
      await discover(lab),
      client,
      callback.redirectUri,
      verifier,
      'abc',
      lab.serverUrl,
    );
    await follow(url, { decision: 'deny' });
    const arrival = callback.arrivals[0]?.searchParams;
    expect(arrival?.get('error')).toBe('access_denied');
    expect(arrival?.get('state')).toBe('abc');
    expect(arrival?.get('iss')).toBe(lab.issuer);
    expect(lab.authorization.counters.codesIssued).toBe(0);
  });

  test.each([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with PKCE in the plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for a resource it does not protect', { resource: 'http://127.0.0.1:9/mcp' }, 'invalid_target'],
  ])('%s is refused', async (_name, changes, error) => {
    await using callback = await openCallback();
    const client = await register(lab, callback.redirectUri);
    const url = await authorizationUrl(
      await discover(lab),
      client,
      callback.redirectUri,
      oauth.generateRandomCodeVerifier(),
      'abc',
      lab.serverUrl,
    );
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    await follow(url);
    expect(callback.arrivals[0]?.searchParams.get('error')).toBe(error);
  });

  test('what a client calls itself is text on the consent page, and the page has no script', async () => {
    await using callback = await openCallback();
    const name = '<script>alert(1)</script>"&';
    const client = await register(lab, callback.redirectUri, { client_name: name });
    const url = await authorizationUrl(
      await discover(lab),
      client,
      callback.redirectUri,
      oauth.generateRandomCodeVerifier(),
      'abc',
      lab.serverUrl,
    );
    const pages = await pagesOf(url);
    expect(pages.map(page => page.form)).toEqual(['lab-login', 'lab-consent']);
    for (const page of pages) {
      expect(page.html).not.toContain('<script');
      expect(page.policy).toContain("default-src 'none'");
    }
    expect(pages[1]?.html).toContain('&#60;script&#62;');
  });
});

describe('refresh', () => {
  test('each refresh token works once and brings the next', async () => {
    const { tokens, refresh } = await signIn(lab);
    const second = await refresh();
    const third = await refresh(second.refresh_token);
    expect(new Set([tokens, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    expect((await post(lab.serverUrl, third.access_token, initialize)).status).toBe(200);
    expect(lab.authorization.counters).toMatchObject({ refreshes: 2, overlappingRefreshes: 1 });
  });

  test('a refresh token that comes again ends the family, its access tokens included', async () => {
    const other = await signIn(lab, { account: 'grace' });
    const { refresh } = await signIn(lab);
    const second = await refresh();
    await expect(refresh()).rejects.toMatchObject(refused);
    await expect(refresh(second.refresh_token)).rejects.toMatchObject(refused);
    const response = await post(lab.serverUrl, second.access_token, initialize);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(lab.authorization.counters).toMatchObject({ reuseDetections: 1, revokedFamilies: 1 });
    await expect(other.refresh()).resolves.toMatchObject({ scope: 'mcp' });
  });

  test('of two refreshes at once the second is reuse, and the overlap is counted', async () => {
    const { refresh } = await signIn(lab);
    lab.authorization.setTokenLatency(20);
    const outcomes = await Promise.allSettled([refresh(), refresh()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(lab.authorization.counters).toMatchObject({ overlappingRefreshes: 2, reuseDetections: 1 });
  });

  test('refreshes of two grants at once do not overlap', async () => {
    const [one, two] = await Promise.all([signIn(lab), signIn(lab)]);
    lab.authorization.setTokenLatency(20);
    await Promise.all([one.refresh(), two.refresh()]);
    expect(lab.authorization.counters).toMatchObject({ overlappingRefreshes: 1, refreshes: 2 });
  });

  test('an access token lives as long as it was given, and a refresh brings another', async () => {
    lab.authorization.setTokenLife(1);
    const { tokens, refresh } = await signIn(lab);
    expect(tokens.expires_in).toBe(1);
    const refusal = await vi.waitUntil(
      async () => {
        const response = await post(lab.serverUrl, tokens.access_token, initialize);
        return response.status === 401 && response;
      },
      { timeout: 5000, interval: 100 },
    );
    expect(refusal.headers.get('www-authenticate')).toContain('The token has expired.');
    lab.authorization.setTokenLife(60);
    expect((await post(lab.serverUrl, (await refresh()).access_token, initialize)).status).toBe(200);
  });
});

describe('opaque access tokens', () => {
  test('work, expire and are revoked like the others', async () => {
    await using opaque = await startDisposable({ accessTokens: 'opaque', tokenLife: 1 });
    const { tokens, refresh } = await signIn(opaque.lab);
    expect(tokens.access_token).not.toContain('.');
    const { serverUrl } = opaque.lab;
    expect((await post(serverUrl, tokens.access_token, initialize)).status).toBe(200);
    await vi.waitUntil(async () => (await post(serverUrl, tokens.access_token, initialize)).status === 401, {
      timeout: 5000,
      interval: 100,
    });
    opaque.lab.authorization.setTokenLife(60);
    const second = await refresh();
    expect((await post(serverUrl, second.access_token, initialize)).status).toBe(200);
    expect(opaque.lab.authorization.revokeAllGrants()).toBe(1);
    expect((await post(serverUrl, second.access_token, initialize)).status).toBe(401);
  });
});

describe('controls', () => {
  test('revoking all grants ends access and refresh', async () => {
    const { tokens, refresh } = await signIn(lab);
    expect(lab.authorization.revokeAllGrants()).toBe(1);
    expect((await post(lab.serverUrl, tokens.access_token, initialize)).status).toBe(401);
    await expect(refresh()).rejects.toMatchObject(refused);
  });

  test('forgetting the access tokens leaves the refresh token', async () => {
    const { tokens, refresh } = await signIn(lab);
    lab.authorization.forgetAccessTokens();
    expect((await post(lab.serverUrl, tokens.access_token, initialize)).status).toBe(401);
    expect((await post(lab.serverUrl, (await refresh()).access_token, initialize)).status).toBe(200);
  });

  test('a forgotten client is refused as invalid_client', async () => {
    const { refresh } = await signIn(lab);
    expect(lab.authorization.forgetClients()).toBe(1);
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_client' });
  });

  test('token requests are refused so many times, and the refresh token survives it', async () => {
    const { refresh } = await signIn(lab);
    lab.authorization.refuseTokenRequests(2);
    for (let n = 0; n < 2; n++) await expect(refresh()).rejects.toMatchObject({ cause: { status: 503 } });
    await expect(refresh()).resolves.toBeDefined();
    expect(lab.authorization.counters.refusedTokenRequests).toBe(2);
  });

  test('a client may revoke its own refresh token, and the grant goes with it', async () => {
    const { server, client, auth, tokens } = await signIn(lab);
    const response = await oauth.revocationRequest(
      server,
      client,
      auth,
      tokens.refresh_token ?? '',
      insecure,
    );
    expect(response.status).toBe(200);
    expect((await post(lab.serverUrl, tokens.access_token, initialize)).status).toBe(401);
    expect(lab.authorization.counters).toMatchObject({ revokedFamilies: 1, reuseDetections: 0 });
  });

  test('every secret of a sign-in is on the list', async () => {
    const { client, tokens, verifier, callback, refresh } = await signIn(lab, {
      register: { token_endpoint_auth_method: 'client_secret_post' },
    });
    const second = await refresh();
    const secrets = lab.issuedSecrets();
    expect(secrets).toEqual(
      expect.arrayContaining([
        tokens.access_token,
        tokens.refresh_token,
        second.access_token,
        second.refresh_token,
        verifier,
        client.client_secret,
        client.registration_access_token,
        callback.arrivals[0]?.searchParams.get('code'),
      ]),
    );
    // A browser sends the lab's cookies to a callback on the same address too.
    const session = /_session=([^;]+)/.exec(callback.cookies[0] ?? '')?.[1];
    expect(secrets).toContain(session);
  });
});

/** HTTP Basic with a secret that is known only once the client is registered. */
function lateBasic(): oauth.ClientAuth {
  return (as, client, body, headers) =>
    oauth.ClientSecretBasic(`${client.client_secret}`)(as, client, body, headers);
}

async function startDisposable(options: Parameters<typeof startLab>[0]) {
  const started = await startLab(options);
  return { lab: started, [Symbol.asyncDispose]: () => started.close() };
}

/** Every page with a form on the way, fetched by hand. */
async function pagesOf(start: URL) {
  const pages: { form: string; html: string; policy: string }[] = [];
  const cookies = new Map<string, string>();
  let url = start;
  let body: URLSearchParams | undefined;
  for (let hop = 0; hop < 12; hop++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { Cookie: [...cookies].map(pair => pair.join('=')).join('; ') },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    for (const field of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? [];
      if (value !== '') cookies.set(name, value);
    }
    body = undefined;
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      continue;
    }
    const html = await response.text();
    const form = /<form id="([^"]+)"/.exec(html)?.[1];
    if (form === undefined) break;
    pages.push({ form, html, policy: response.headers.get('content-security-policy') ?? '' });
    body = new URLSearchParams(form === 'lab-login' ? { account: 'ada' } : { decision: 'allow' });
  }
  return pages;
}
