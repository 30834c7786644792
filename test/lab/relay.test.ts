import { expect, test } from 'vitest';
import { started } from '../support/staged-lab.ts';

const REDIRECT = 'http://127.0.0.1:9/callback';
const PARAMETERS = {
  state: 's1',
  redirect_uri: REDIRECT,
  code_challenge: 'c',
  resource: 'https://r.example',
};

async function origin(name: string): Promise<string> {
  return new URL((await started(name)).url).origin;
}

/** Where a relay sends the browser. */
async function sent(server: string, path: string, parameters: Record<string, string>) {
  const answer = await fetch(`${server}${path}?${new URLSearchParams(parameters)}`, { redirect: 'manual' });
  return { status: answer.status, location: URL.parse(answer.headers.get('location') ?? '') };
}

test('row 3.7: the relay has the paths of aks-mcp, and takes the resource out of what it passes on', async () => {
  const server = await origin('aks-mcp-paths');
  const { status, location } = await sent(server, '/oauth2/v2.0/authorize', PARAMETERS);
  expect(status).toBe(302);
  expect(location?.searchParams.get('redirect_uri')).toBe(`${server}/oauth/callback`);
  expect(location?.searchParams.has('resource')).toBe(false);
  expect(
    (
      await fetch(`${server}/oauth/register`, {
        method: 'POST',
        body: JSON.stringify({ redirect_uris: [REDIRECT] }),
      })
    ).status,
  ).toBe(201);
  const bare = await sent(server, '/oauth2/v2.0/authorize', { state: 's1', redirect_uri: REDIRECT });
  expect(bare.status).toBe(400);
});

test('row 3.6: the relay sends code and state back to the client, and a state is good once', async () => {
  const server = await origin('relay-right');
  await sent(server, '/oauth2/v2.0/authorize', PARAMETERS);
  const first = await sent(server, '/oauth/callback', { state: 's1', code: 'a-code' });
  expect([first.status, first.location?.href]).toEqual([302, `${REDIRECT}?code=a-code&state=s1`]);
  expect((await sent(server, '/oauth/callback', { state: 's1', code: 'a-code' })).status).toBe(400);
});

test('row 3.6: the relay forwards an error, and refuses a state it does not know', async () => {
  const server = await origin('relay-right');
  await sent(server, '/oauth2/v2.0/authorize', PARAMETERS);
  const { location } = await sent(server, '/oauth/callback', { state: 's1', error: 'access_denied' });
  expect(location?.href).toBe(`${REDIRECT}?error=access_denied&state=s1`);
  expect((await sent(server, '/oauth/callback', { state: 'stranger', code: 'a-code' })).status).toBe(400);
});

test('row 3.6: the relay that redeems the code itself ends the sign-in on a page of its own', async () => {
  const server = await origin('relay-redeems-itself');
  await sent(server, '/oauth2/v2.0/authorize', PARAMETERS);
  const answer = await fetch(`${server}/oauth/callback?state=s1&code=a-code`, { redirect: 'manual' });
  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain('AADSTS9002313');
});
