import { expect, test } from 'vitest';
import { activeCodes, examinedActively, refusal, register } from '../support/active.ts';
import { SERVER } from '../support/examination.ts';

test('nothing is found on right servers, and no trial client stays behind', async () => {
  const { examination, register: made } = await examinedActively();
  expect(activeCodes(examination)).toEqual([]);
  expect(made.asked.length).toBeGreaterThan(3);
  expect(made.clients.size).toBe(0);
  expect(examination.trials?.length).toBeGreaterThan(2);
  expect(examination.trials?.every(({ deleted }) => deleted)).toBe(true);
});

test('every request is named before it is made, with its method and host', async () => {
  const { examination, said } = await examinedActively();
  const active = examination.probes.filter(({ kind }) =>
    /bad-bearer|forwarded|registration|token-without|pkce|other-port/.test(kind),
  );
  expect(said).toHaveLength(active.length);
  expect(said[0]).toMatch(/names.*\(POST mcp\.example\)$/);
  expect(said.at(-1)).toMatch(/to be deleted again.*\(DELETE as\.example\)$/);
  for (const { exchanges } of active) expect(exchanges).toHaveLength(1);
});

test('what the server gave the trial clients stands nowhere in the examination', async () => {
  const { examination, register: made } = await examinedActively({
    options: { otherToken: 'a-token-of-another-resource' },
  });
  const text = JSON.stringify(examination);
  expect(made.secrets.length).toBeGreaterThan(2);
  for (const secret of [...made.secrets, 'a-token-of-another-resource']) expect(text).not.toContain(secret);
});

test('a server that wants to be left alone is asked for no further registration', async () => {
  const made = register((_, asked) =>
    'application_type' in asked ? undefined : new Response('', { status: 429 }),
  );
  const { examination } = await examinedActively({ register: made });
  expect(made.asked).toHaveLength(2);
  expect(activeCodes(examination)).toEqual([]);
});

test('where nobody may register, one question is enough', async () => {
  const made = register(() => refusal('access_denied', 'Initial access token required', 401));
  const { examination } = await examinedActively({ register: made });
  expect(made.asked).toHaveLength(1);
  expect(examination.probes.some(({ kind }) => kind === 'authorize-without-pkce')).toBe(false);
  expect(examination.probes.some(({ kind }) => kind === 'token-without-code')).toBe(true);
});

test('trial clients are deleted also when the user has had enough', async () => {
  const stop = new AbortController();
  const made = register();
  const run = examinedActively({
    register: made,
    authorize: request => {
      if (new URL(request.url).searchParams.has('client_id')) stop.abort(new Error('enough'));
      return new Response('', { status: 400 });
    },
    options: { signal: stop.signal },
  });
  await expect(run).rejects.toThrow('enough');
  expect(made.asked.length).toBeGreaterThan(1);
  expect(made.clients.size).toBe(0);
});

test('a session that a bad token opened is ended', async () => {
  const { world } = await examinedActively({
    server: {
      '/mcp': request =>
        request.headers.get('authorization')
          ? Response.json({ jsonrpc: '2.0', id: 1, result: {} }, { headers: { 'mcp-session-id': 's1' } })
          : new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } }),
    },
  });
  const ends = world.dials.filter(({ url, method }) => url === SERVER && method === 'DELETE');
  expect(ends).toHaveLength(1);
});

test('with the user’s own credentials no other token is tried', async () => {
  const { examination } = await examinedActively({
    options: { headers: [['Authorization', 'Bearer mine']] },
  });
  expect(examination.probes.some(({ kind }) => kind === 'bad-bearer')).toBe(false);
});
