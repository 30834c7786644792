import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { ClientRegistration, Grant } from '../../src/oauth/grant.ts';
import { refresh, revoke } from '../../src/oauth/token.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld, type Handler } from '../support/fake-world.ts';
import { grant, ISSUER, registration } from '../support/installation.ts';

interface Asked {
  parameters: Record<string, string>;
  authorization: string | null;
  path: string;
}

/** Renews a grant at a server that answers so; `asked` is what it was sent. */
async function renew(
  answer: Handler | object,
  options: { client?: Partial<ClientRegistration>; grant?: Grant; signal?: AbortSignal } = {},
) {
  const asked: Asked[] = [];
  const world = fakeWorld({
    servers: {
      [ISSUER]: async (request, dialled) => {
        const parameters = Object.fromEntries(new URLSearchParams(await request.clone().text()));
        const { pathname: path } = new URL(request.url);
        asked.push({ parameters, authorization: request.headers.get('authorization'), path });
        return typeof answer === 'function' ? answer(request, dialled) : Response.json(answer);
      },
    },
  });
  const span = fakeSpan(world);
  const renewed = await refresh(
    options.grant ?? grant(),
    registration(options.client),
    { span, signal: options.signal },
    () => 10_000,
  ).catch((thrown: Fault) => thrown);
  return { renewed, asked, span };
}

const answered = { access_token: 'second-access-token', token_type: 'Bearer' };

describe('a renewal', () => {
  test('sends the refresh token, the resource and the client id, and nothing else', async () => {
    const { asked } = await renew(answered);
    expect(asked).toEqual([
      {
        path: '/token',
        authorization: null,
        parameters: {
          grant_type: 'refresh_token',
          refresh_token: 'refresh-1',
          resource: 'https://mcp.example/mcp',
          client_id: 'client',
        },
      },
    ]);
  });

  test('sends no resource for a grant that was asked for without one', async () => {
    const { asked } = await renew(answered, { grant: grant({ resource: '' }) });
    expect(asked[0]?.parameters).not.toHaveProperty('resource');
  });

  test('keeps the refresh token and the scope when the answer leaves them out', async () => {
    const { renewed } = await renew(answered);
    expect(renewed).toEqual({
      key: grant().key,
      accessToken: 'second-access-token',
      refreshToken: 'refresh-1',
      scope: ['read', 'write'],
      requestedScope: ['read', 'write'],
      obtainedAt: 10_000,
      discoveredAt: 1_000,
      tokenEndpoint: `${ISSUER}/token`,
    });
  });

  test('keeps the scope when the answer has an empty one', async () => {
    const { renewed } = await renew({ ...answered, scope: '' });
    expect(renewed).toMatchObject({ scope: ['read', 'write'] });
  });

  test('takes what the answer has anew', async () => {
    const { renewed } = await renew({
      ...answered,
      refresh_token: 'refresh-2',
      scope: 'read',
      expires_in: 60,
    });
    expect(renewed).toMatchObject({ refreshToken: 'refresh-2', scope: ['read'], expiresAt: 70_000 });
  });

  test('keeps what was requested at the sign-in, whatever is granted now', async () => {
    const asked = { ...grant(), requestedScope: ['read', 'admin'] };
    const { renewed } = await renew({ ...answered, scope: 'read' }, { grant: asked });
    expect(renewed).toMatchObject({ scope: ['read'], requestedScope: ['read', 'admin'] });
  });

  test('tells scopes apart that were separated by commas, unless they were asked for so', async () => {
    const { renewed, span } = await renew({ ...answered, scope: 'repo,gist' });
    expect(renewed).toMatchObject({ scope: ['repo', 'gist'] });
    expect(span.notes.join()).toContain('separated by commas');
    const asked = { ...grant(), scope: ['read,write'] };
    const { renewed: same } = await renew({ ...answered, scope: 'read,write' }, { grant: asked });
    expect(same).toMatchObject({ scope: ['read,write'] });
  });

  test('keeps where to revoke', async () => {
    const revocationEndpoint = `${ISSUER}/revoke`;
    const { renewed } = await renew(answered, { grant: { ...grant(), revocationEndpoint } });
    expect(renewed).toMatchObject({ revocationEndpoint });
  });

  test('has both tokens redacted wherever they would be recorded', async () => {
    const { span } = await renew({ ...answered, refresh_token: 'refresh-2' });
    expect(span.secrets).toEqual(expect.arrayContaining(['second-access-token', 'refresh-2']));
  });
});

describe('a renewal whose answer is lost', () => {
  const lost = (times: number, then: object = answered): Handler => {
    let count = 0;
    return () => {
      if (++count <= times) throw new Fault('net.failed', 'login.example broke the connection off.');
      return Response.json(then);
    };
  };

  test('is asked for once more at once, with the same refresh token', async () => {
    const { renewed, asked, span } = await renew(lost(1));
    expect(renewed).toMatchObject({ accessToken: 'second-access-token' });
    expect(asked.map(({ parameters }) => parameters.refresh_token)).toEqual(['refresh-1', 'refresh-1']);
    expect(span.notes.join()).toContain('The answer was lost on its way');
  });

  test('in the middle of its body is asked for once more too', async () => {
    let count = 0;
    const { renewed } = await renew(() => {
      if (++count > 1) return Response.json(answered);
      const body = new ReadableStream({
        pull: controller => controller.error(new Fault('net.failed', 'It closed the connection.')),
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    });
    expect(renewed).toMatchObject({ accessToken: 'second-access-token' });
  });

  test('twice can be tried again later', async () => {
    const { renewed, asked } = await renew(lost(2));
    expect(renewed).toMatchObject({ code: 'token.unavailable' });
    expect(asked).toHaveLength(2);
  });
});

describe('a client with a secret', () => {
  const secret = "a-b_c.d~e:f%g h+i/j=k&l'(ü)";

  test('shows it by HTTP Basic so that servers that decode and most that do not see the same', async () => {
    const { asked } = await renew(answered, {
      client: { clientId: 'my-client', clientSecret: secret, tokenEndpointAuthMethod: 'client_secret_basic' },
    });
    expect(asked[0]?.parameters).not.toHaveProperty('client_id');
    expect(asked[0]?.parameters).not.toHaveProperty('client_secret');
    const [id, sent] = Buffer.from(asked[0]?.authorization?.replace('Basic ', '') ?? '', 'base64')
      .toString()
      .split(':');
    expect(id).toBe('my-client');
    expect(sent).toBe('a-b_c.d~e%3Af%25g+h%2Bi%2Fj%3Dk%26l%27%28%C3%BC%29');
    expect(decodeURIComponent((sent ?? '').replaceAll('+', ' '))).toBe(secret);
  });

  test('shows it in the body where that is the method', async () => {
    const { asked } = await renew(answered, {
      client: { clientSecret: secret, tokenEndpointAuthMethod: 'client_secret_post' },
    });
    expect(asked[0]).toMatchObject({
      authorization: null,
      parameters: { client_id: 'client', client_secret: secret },
    });
  });

  test('keeps it to itself where the method is none', async () => {
    const { asked } = await renew(answered, {
      client: { clientSecret: secret, tokenEndpointAuthMethod: 'none' },
    });
    expect(asked[0]?.authorization).toBeNull();
    expect(asked[0]?.parameters).not.toHaveProperty('client_secret');
  });
});

const error = (status: number, body: object | string, headers: Record<string, string> = {}): Handler => {
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return () => new Response(text, { status, headers: { 'content-type': type, ...headers } });
};
const broken =
  (fault: Fault): Handler =>
  () => {
    throw fault;
  };

describe('a refused renewal', () => {
  const challenge = { 'www-authenticate': 'Basic realm="as"' };

  test.each<[string, Handler, string]>([
    ['the grant is over', error(400, { error: 'invalid_grant' }), 'token.invalid-grant'],
    ['that is sent with 401', error(401, { error: 'invalid_grant' }), 'token.invalid-grant'],
    ['that has a challenge', error(400, { error: 'invalid_grant' }, challenge), 'token.invalid-grant'],
    ['that is sent with 200', error(200, { error: 'invalid_grant' }), 'token.invalid-grant'],
    ['that is called a web page', error(400, '{"error":"invalid_grant"}'), 'token.invalid-grant'],
    ['the client is unknown', error(401, { error: 'invalid_client' }, challenge), 'registration.stale'],
    ['the client is unknown, with 400', error(400, { error: 'invalid_client' }), 'registration.stale'],
    ['the client may not', error(400, { error: 'unauthorized_client' }), 'registration.stale'],
    ['a bare 401', error(401, ''), 'registration.stale'],
    ['a bare challenge', error(401, '', challenge), 'registration.stale'],
    ['the scope is wrong', error(400, { error: 'invalid_scope' }), 'token.refused'],
    ['the resource is wrong', error(400, { error: 'invalid_target' }), 'token.refused'],
    ['an error nobody knows', error(418, { error: 'teapot' }), 'token.refused'],
    ['a web page', error(200, '<html>Please sign in</html>'), 'token.unavailable'],
    ['a web page with 403', error(403, '<html>Are you human?</html>'), 'token.unavailable'],
    [
      'a web page called JSON',
      error(200, '<html>', { 'content-type': 'application/json' }),
      'token.unavailable',
    ],
    ['half a JSON text', error(200, '{"access_token":"a'), 'token.unavailable'],
    ['nothing', error(200, ''), 'token.unavailable'],
    ['a redirect', error(302, '', { location: 'https://evil.example/' }), 'token.unavailable'],
    ['nothing is there', error(404, '<html>Not found</html>'), 'token.unavailable'],
    ['nothing is there, in JSON', error(404, { message: 'Not found' }), 'token.unavailable'],
    ['no token', error(200, { token_type: 'Bearer' }), 'token.refused'],
    ['a list', () => Response.json([answered]), 'token.refused'],
    ['a person has to be there', error(400, { error: 'interaction_required' }), 'token.invalid-grant'],
    ['as GitHub says it', error(200, { error: 'bad_refresh_token' }), 'token.invalid-grant'],
    ['in capitals', error(400, { error: 'INVALID_GRANT' }), 'token.invalid-grant'],
    ['no renewals at all', error(400, { error: 'unsupported_grant_type' }), 'token.invalid-grant'],
    [
      'a dead token in a sentence',
      error(400, { error: 'invalid_request', error_description: 'The refresh token has expired.' }),
      'token.invalid-grant',
    ],
    ['server_error', error(400, { error: 'server_error' }), 'token.unavailable'],
    ['temporarily_unavailable', error(400, { error: 'temporarily_unavailable' }), 'token.unavailable'],
    ['500', error(500, { error: 'invalid_grant' }), 'token.unavailable'],
    ['502 from a proxy', error(502, '<html>Bad gateway</html>'), 'token.unavailable'],
    ['503', error(503, ''), 'token.unavailable'],
    ['too many requests', error(429, { error: 'slow_down' }), 'token.unavailable'],
    ['too many requests, a web page', error(429, '<html>'), 'token.unavailable'],
    ['no connection', broken(new Fault('net.refused', 'Nobody listens there.')), 'token.unavailable'],
    ['no name', broken(new Fault('net.dns', 'It does not resolve.')), 'token.unavailable'],
    ['no answer in time', broken(new Fault('net.timeout', 'It took too long.')), 'token.unavailable'],
  ])('%s', async (_what, answer, code) => {
    const { renewed, asked } = await renew(answer);
    expect(renewed).toBeInstanceOf(Fault);
    expect((renewed as Fault).code).toBe(code);
    expect((renewed as Fault).remedy).toMatch(/^[`A-Z].+[.]$/);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['seconds', '120', '120'],
    ['a date', new Date(10_000 + 90_000).toUTCString(), '90'],
    ['a date that has been', new Date(0).toUTCString(), '0'],
    ['nonsense', 'soon', undefined],
  ])('says for how long the server wants to be left alone: %s', async (_what, field, seconds) => {
    for (const body of ['<html>', { error: 'slow_down' }]) {
      const { renewed } = await renew(error(429, body, { 'retry-after': field }));
      expect((renewed as Fault).data?.retryAfter).toBe(seconds);
    }
  });

  test.each([
    ['nothing is there', error(404, '')],
    ['a redirect', error(307, '', { location: 'https://other.example/token' })],
    ['no name', broken(new Fault('net.dns', 'It does not resolve.'))],
  ])('says that the endpoint is not where it was: %s', async (_what, answer) => {
    const { renewed } = await renew(answer);
    expect((renewed as Fault).data).toMatchObject({ endpoint: 'moved' });
  });

  test('keeps cause and remedy of a connection that failed', async () => {
    const { renewed } = await renew(
      broken(new Fault('net.tls', 'Its certificate has expired.', { remedy: 'Renew it.' })),
    );
    expect(renewed).toMatchObject({
      code: 'token.unavailable',
      message: 'Its certificate has expired.',
      remedy: 'Renew it.',
    });
  });

  test('says in one line what the server said, without control characters and cut', async () => {
    const { renewed } = await renew(
      error(400, { error: 'invalid_request', error_description: `\u001b[31mno\n${'x'.repeat(5_000)}` }),
    );
    expect((renewed as Fault).message).toMatch(
      /^https:\/\/login\.example answered invalid_request \("\[31mno x+…"\)\.$/,
    );
    expect((renewed as Fault).message.length).toBeLessThan(300);
  });

  test('never has a token or a secret in it', async () => {
    for (const status of [400, 401, 403, 500]) {
      const { renewed } = await renew(error(status, { error: 'invalid_request' }), {
        client: { clientSecret: 'the-client-secret', tokenEndpointAuthMethod: 'client_secret_post' },
      });
      expect(JSON.stringify((renewed as Fault).toJSON())).not.toMatch(/refresh-1|the-client-secret/);
    }
  });

  test.each(['client_secret_post', 'client_secret_basic'] as const)(
    'never has one in it that the server repeats, with %s',
    async tokenEndpointAuthMethod => {
      const repeating: Handler = async request => {
        const said = `Invalid refresh token: ${await request.text()} ${request.headers.get('authorization')} s3cret:of/mine`;
        return Response.json({ error: 'invalid_request', error_description: said }, { status: 400 });
      };
      const client = { clientSecret: 's3cret:of/mine', tokenEndpointAuthMethod };
      const { renewed } = await renew(repeating, { client });
      const told = JSON.stringify((renewed as Fault).toJSON());
      expect(told).toContain('Invalid refresh token: ');
      expect(told).not.toMatch(/refresh-1|s3cret|Basic [A-Za-z0-9]/);
    },
  );

  test.each([
    { error: 'invalid_target' },
    { error: 'invalid_request', error_description: "The 'resource' request parameter is not supported." },
  ])('for its resource parameter names the flag for it', async body => {
    const { renewed } = await renew(error(400, body));
    expect((renewed as Fault).remedy).toContain('--resource ""');
  });

  test('that does not answer in time can be tried again', async () => {
    const world = fakeWorld();
    const late = async () => {
      throw new DOMException('The operation timed out.', 'TimeoutError');
    };
    const reach = { span: { ...fakeSpan(world), fetch: late } };
    await expect(refresh(grant(), registration(), reach, world.now)).rejects.toMatchObject({
      code: 'token.unavailable',
      message: `${ISSUER} did not answer a token request in time.`,
    });
  });

  test.each([
    new Fault('cancelled', 'The host has gone.'),
    new DOMException('The operation was aborted.', 'AbortError'),
  ])('that was called off rejects with the reason for it', async reason => {
    const abort = new AbortController();
    const { renewed } = await renew(
      () => {
        abort.abort(reason);
        return new Promise<Response>(() => {});
      },
      { signal: abort.signal },
    );
    expect(renewed).toBe(reason);
  });
});

describe('a revocation', () => {
  async function end(answer: Handler) {
    const asked: Record<string, string>[] = [];
    const world = fakeWorld({
      servers: {
        [ISSUER]: async (request, dialled) => {
          asked.push(Object.fromEntries(new URLSearchParams(await request.clone().text())));
          return answer(request, dialled);
        },
      },
    });
    const span = fakeSpan(world);
    await revoke(grant(), registration(), `${ISSUER}/revoke`, { span });
    return { asked, span };
  }

  test('names both tokens, the refresh token first', async () => {
    const { asked, span } = await end(() => new Response(null, { status: 200 }));
    expect(asked.map(({ token, token_type_hint: hint }) => [token, hint])).toEqual([
      ['refresh-1', 'refresh_token'],
      ['access-token-of-the-test', 'access_token'],
    ]);
    expect(span.notes).toEqual([]);
  });

  test('that fails is noted and goes on', async () => {
    for (const answer of [error(503, '<html>'), error(400, { error: 'unsupported_token_type' })]) {
      const { asked, span } = await end(answer);
      expect(asked).toHaveLength(2);
      expect(span.notes).toHaveLength(2);
      expect(span.notes[0]).toMatch(/^The server did not take the revocation: /);
      expect(span.notes.join()).not.toMatch(/refresh-1|access-token-of-the-test/);
    }
  });
});
