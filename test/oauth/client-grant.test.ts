import { expect, test } from 'vitest';
import { renewAsClient } from '../../src/oauth/client-grant.ts';
import { stage } from '../support/flow.ts';

const options = {
  grant: 'client-credentials' as const,
  staticClient: { clientId: 'service', clientSecret: 'secret-of-the-service' },
};

test('a grant of the client itself has no refresh token, and is renewed with all it was asked for', async () => {
  const quirks = {
    metadata: { scopes_supported: ['a', 'offline_access'] },
    token: (answer: Record<string, unknown>) => {
      answer.refresh_token = 'refresh-token-nobody-needs';
      return undefined;
    },
  };
  const asked = { ...options, authorizeParams: { audience: 'api', prompt: 'login' } };
  const { begin, end, order, server, span } = await stage({ options: asked, quirks, challenge: 'scope="a"' });
  const { grant, registration } = await end(begin());
  expect(grant).not.toHaveProperty('refreshToken');
  expect(grant).toMatchObject({ ofClient: { parameters: { audience: 'api' } }, scope: ['a'] });
  const renewed = await renewAsClient(grant, registration, { span }, () => 5);
  expect(renewed).toMatchObject({ key: grant.key, obtainedAt: 5, ofClient: grant.ofClient });
  expect(renewed).not.toHaveProperty('refreshToken');
  const [first, second] = server.redeemed.map(({ parameters }) => Object.fromEntries(parameters));
  expect(first).toEqual({
    grant_type: 'client_credentials',
    scope: 'a',
    audience: 'api',
    resource: 'https://mcp.example/mcp',
  });
  expect(second).toEqual(first);
  expect(order).toEqual([]);
});
