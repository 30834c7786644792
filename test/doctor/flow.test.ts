import { expect, test } from 'vitest';
import { SERVER } from '../support/examination.ts';
import { CLAIMS, loggedIn } from '../support/login.ts';

test('a whole sign-in is recorded: request, answer, token and first calls, with no secret in it', async () => {
  const { examination, secrets } = await loggedIn({ claims: CLAIMS });
  const { flow, probes } = examination;
  expect(flow).toMatchObject({
    issuer: 'https://as.example',
    client: { clientId: 'client-1', source: 'dynamic', method: 'none', hasOddSecret: false },
    request: {
      endpoint: 'https://as.example/authorize',
      parameters: { response_type: 'code', resource: SERVER, code_challenge_method: 'S256' },
    },
    callback: { iss: 'https://as.example' },
    token: { format: 'jwt', claims: CLAIMS },
  });
  expect(flow?.failure).toBeUndefined();
  expect(flow?.callback?.parameters).toEqual(expect.arrayContaining(['code', 'iss', 'state']));
  const kinds = probes.map(({ kind }) => kind).filter(kind => /call-|preview/.test(kind));
  expect(kinds).toEqual([
    'authorize-preview',
    'call-initialize',
    'call-initialized',
    'call-tools',
    'call-stream',
  ]);
  const text = JSON.stringify(examination);
  expect(secrets.length).toBeGreaterThan(2);
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text).not.toContain(flow?.request?.parameters.state ?? 'no state is kept');
});

test('the session of the first calls is ended, and the client deleted where that is offered', async () => {
  const { world, examination } = await loggedIn({
    quirks: {
      register: answer => {
        answer.registration_client_uri = 'https://as.example/register?id=1';
        answer.registration_access_token = 'a-registration-token-of-this-client';
        return undefined;
      },
    },
  });
  const ends = world.dials.filter(({ method }) => method === 'DELETE').map(({ url }) => url);
  expect(ends).toEqual([SERVER, 'https://as.example/register?id=1']);
  expect(JSON.stringify(examination)).not.toContain('a-registration-token-of-this-client');
  expect(examination.trials).toHaveLength(1);
});

test('an error page is recognized before a browser is opened for it', async () => {
  const { examination, world } = await loggedIn({
    authorize: () =>
      Response.json({ error: 'invalid_client', error_description: 'Unknown client_id' }, { status: 400 }),
  });
  expect(examination.flow?.failure?.code).toBe('sign-in.failed');
  expect(world.opened).toEqual([]);
});

test('a refused sign-in is part of the examination and no failure of the doctor', async () => {
  const { examination } = await loggedIn({
    quirks: {
      callback: parameters => {
        parameters.delete('code');
        parameters.set('error', 'access_denied');
        parameters.set('error_description', 'The user said no');
      },
    },
  });
  expect(examination.flow?.failure?.code).toBe('sign-in.denied');
  expect(examination.flow?.callback).toMatchObject({
    error: 'access_denied',
    description: 'The user said no',
  });
});

test('the errors of another issuer are not kept', async () => {
  const { examination } = await loggedIn({
    quirks: {
      callback: parameters => {
        parameters.set('iss', 'https://stranger.example');
        parameters.set('error', 'access_denied');
        parameters.set('error_description', 'Call this number');
      },
    },
  });
  expect(JSON.stringify(examination.flow)).not.toContain('stranger');
  expect(JSON.stringify(examination)).not.toContain('Call this number');
});

test('a pasted page that is no callback ends the sign-in and is kept without its values', async () => {
  const { examination } = await loggedIn({
    paste: () => 'https://mcp.example/auth/callback?code=a-code-for-the-server&state=its-own',
  });
  expect(examination.flow?.landed).toEqual({
    url: 'https://mcp.example/auth/callback',
    parameters: ['code', 'state'],
    text: '',
  });
  expect(JSON.stringify(examination)).not.toContain('a-code-for-the-server');
});

test('a pasted callback goes on as if the browser had come back', async () => {
  const { examination } = await loggedIn({
    paste: link => {
      const back = new URL(link.searchParams.get('redirect_uri') ?? '');
      back.search = `error=access_denied&state=${link.searchParams.get('state')}&iss=https://as.example`;
      return back.href;
    },
  });
  expect(examination.flow?.failure?.code).toBe('sign-in.denied');
});

test('who never comes back is not waited for for ever', async () => {
  const { examination } = await loggedIn({ paste: () => '' });
  expect(examination.flow?.failure?.message).toContain('within 15 minutes');
});

test('a sign-in that is interrupted deletes its client before it ends', async () => {
  const stop = new AbortController();
  const deleted: string[] = [];
  const run = loggedIn({
    quirks: {
      register: answer => {
        answer.registration_client_uri = 'https://as.example/clients/1';
        answer.registration_access_token = 'a-registration-token-of-this-client';
        return undefined;
      },
    },
    onDelete: url => deleted.push(url),
    paste: () => {
      stop.abort(new Error('enough'));
      return 'never mind';
    },
    options: { signal: stop.signal },
  });
  await expect(run).rejects.toThrow('enough');
  expect(deleted).toEqual(['https://as.example/clients/1']);
});

test('an authorization page that asks for a password by 401 is left to the browser', async () => {
  const { examination } = await loggedIn({
    authorize: () => new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
    paste: () => '',
  });
  expect(examination.flow?.failure?.message).toContain('Nobody came back');
});
