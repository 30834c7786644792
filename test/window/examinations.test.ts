import { expect, onTestFinished, test } from 'vitest';
import type { ExamineEvent, ExamineRequest } from '../../src/api/window.ts';
import type { BridgeSettings } from '../../src/broker/settings.ts';
import { type ExaminationLimits, Examinations } from '../../src/window/examinations.ts';
import { PreferencesFile } from '../../src/window/preferences-file.ts';
import { paths, status } from '../support/discovery.ts';
import { forBrowsers, ISSUER, RIGHT, RIGHT_ISSUER, SERVER } from '../support/examination.ts';
import { type FakeWorld, fakeWorld, type Handler } from '../support/fake-world.ts';

const NO_INSTRUMENTS = {
  lookUp: async (host: string) => ({ host, v4: ['20.0.0.1'], v6: [] }),
  lookAtTls: async (host: string, port: number) => ({ host, port, chain: [] }),
  lookAtProxy: () => ({ configured: [] }),
};
const KEY = 'key-that-nobody-may-see';

const METADATA = RIGHT['/.well-known/oauth-protected-resource/mcp'];

function room(
  server: Record<string, object | Handler> = {},
  limits: ExaminationLimits = {},
): {
  world: FakeWorld;
  examinations: Examinations;
} {
  const world = fakeWorld({
    servers: {
      'https://mcp.example': forBrowsers(paths({ ...RIGHT, ...server })),
      [ISSUER]: forBrowsers(paths(RIGHT_ISSUER)),
    },
  });
  const settings = {
    server: SERVER,
    headers: [['x-api-key', KEY]],
    client: {},
    network: {},
  } as unknown as BridgeSettings;
  const examinations = new Examinations(
    {
      version: '1.2.3',
      world,
      environment: () => ({ network: {} }),
      instruments: () => NO_INSTRUMENTS,
      preferences: new PreferencesFile(world),
    },
    { settingsOf: async () => settings },
    limits,
  );
  onTestFinished(() => examinations.close());
  return { world, examinations };
}

async function heard(examinations: Examinations, request: Partial<ExamineRequest> = {}) {
  const events: ExamineEvent[] = [];
  for await (const event of examinations.examine({ url: SERVER, ...request })) events.push(event);
  const last = events.at(-1);
  if (last?.kind !== 'diagnosis') throw new Error(`The last event is ${last?.kind}.`);
  return { events, last };
}

test('an examination tells its questions and exchanges as they are known, and its diagnosis last', async () => {
  const { examinations } = room();
  const { events, last } = await heard(examinations);
  const shown = events.flatMap(each => (each.kind === 'probes' ? [each.probes] : []));
  expect(shown[0]?.some(({ status }) => status === '')).toBe(true);
  expect(shown.at(-1)?.map(({ id }) => id)).toEqual(last.probes.map(({ id }) => id));
  const exchanges = new Set(events.flatMap(each => (each.kind === 'exchange' ? [each.exchange.id] : [])));
  const asked = last.probes.flatMap(each => each.exchanges);
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter(id => !exchanges.has(id))).toEqual([]);
  // They are not sent a second time.
  expect(last.diagnosis.examination.exchanges).toEqual({});
});

test('the questions stand in the order of the specification, with time, size and reason', async () => {
  const { examinations } = room();
  const { last } = await heard(examinations);
  const groups = last.probes.map(({ group }) => group);
  const order = ['endpoint', 'resource', 'server', 'further'];
  expect(groups).toEqual([...groups].sort((one, other) => order.indexOf(one) - order.indexOf(other)));
  const metadata = last.probes.find(({ group, status: said }) => group === 'server' && said === '200');
  expect(metadata).toMatchObject({ issuer: ISSUER, isGood: true, milliseconds: 0 });
  expect(metadata?.size).toBeGreaterThan(100);
  expect(metadata?.because).not.toBe('');
});

test('a finding is named beside the questions it rests on', async () => {
  const { examinations } = room({ '/.well-known/oauth-protected-resource/mcp': status(404) });
  const { last } = await heard(examinations);
  const [root] = last.diagnosis.findings;
  const resting = last.probes.filter(({ findings }) => findings.includes(root?.code ?? ''));
  expect(resting.length).toBeGreaterThan(0);
  expect(resting.every(({ exchanges }) => exchanges.some(id => root?.evidence.includes(id)))).toBe(true);
});

test('both doors stand beside what the server says, and what differs is marked', async () => {
  const { examinations, world } = room();
  world.mount(
    ISSUER,
    paths({
      ...RIGHT_ISSUER,
      '/.well-known/openid-configuration': {
        ...RIGHT_ISSUER['/.well-known/oauth-authorization-server'],
        token_endpoint: `${ISSUER}/other`,
      },
    }),
  );
  const { last } = await heard(examinations);
  const [side] = last.sides;
  expect(side).toMatchObject({ issuer: ISSUER, isListed: true });
  expect(side?.doors.map(({ hasMetadata }) => hasMetadata)).toEqual([true, true]);
  const marked = side?.rows.filter(({ differs }) => differs).map(({ name }) => name);
  expect(marked).toEqual(['token_endpoint']);
  expect(side?.rows.find(({ name }) => name === 'issuer')?.server).toEqual([ISSUER]);
});

test('the configuration that mends a lost path comes with the diagnosis, for each proxy', async () => {
  const { examinations, world } = room();
  const url = 'https://mcp.example/tools/mcp';
  const metadata = { resource: url, authorization_servers: [ISSUER] };
  const strayed = '/tools/.well-known/oauth-protected-resource/tools/mcp';
  world.mount('https://mcp.example', paths({ '/tools/mcp': RIGHT['/mcp'], [strayed]: metadata }));
  const { last } = await heard(examinations, { url });
  expect(last.diagnosis.findings[0]?.remedy).toContain('keybridge fix');
  expect(last.mendings[0]).toMatchObject({
    name: 'nginx',
    isAssumed: true,
    upstream: 'http://127.0.0.1:8000/mcp',
    assumptions: [],
  });
  const cluster = last.mendings.find(({ name }) => name === 'nginx-ingress');
  expect(cluster).toMatchObject({ upstream: 'http://tools:8000/mcp' });
  expect(cluster?.configuration).toContain('kind: Ingress');
  expect((await heard(room().examinations)).last.mendings).toEqual([]);
});

test('the configuration is written again for a server that runs elsewhere or is called otherwise', async () => {
  const { examinations, world } = room();
  const url = 'https://mcp.example/tools/mcp';
  const metadata = { resource: url, authorization_servers: [ISSUER] };
  const strayed = '/tools/.well-known/oauth-protected-resource/tools/mcp';
  const right = paths({ '/tools/mcp': RIGHT['/mcp'], [strayed]: metadata });
  world.mount('https://mcp.example', async (request, dialled) => {
    const answer = await right(request, dialled);
    answer.headers.set('server', 'Caddy');
    return answer;
  });
  const { last } = await heard(examinations, { url });
  expect(last.mendings[0]).toMatchObject({ name: 'caddy', isRecognized: true });
  const upstream = 'http://inside.example:9000/mcp';
  const [first, ...others] = await examinations.configurations(last.examination, {
    upstream,
    hostHeader: 'upstream',
  });
  expect(first).toMatchObject({ name: 'caddy', upstream, isAssumed: false, hostHeader: 'upstream' });
  expect(first?.configuration).toContain('header_up Host {upstream_hostport}');
  for (const each of others) expect(each.configuration).toContain('9000');
  for (const wrong of ['nonsense', 'ftp://x/mcp', 'http://x/other', 'http://x;y/mcp', 'http://x/a{b}/mcp'])
    await expect(examinations.configurations(last.examination, { upstream: wrong })).rejects.toMatchObject({
      code: expect.stringMatching(/^usage\./),
    });
  await expect(examinations.configurations('gone', {})).rejects.toMatchObject({ code: 'examination.gone' });
});

test('the headers of a listed server are sent to it, and told to nobody', async () => {
  const { examinations, world } = room();
  const target = { server: SERVER, profile: 'default' };
  const { events, last } = await heard(examinations, { target });
  expect(world.dials.some(({ headers }) => headers.some(([, value]) => value === KEY))).toBe(true);
  expect(JSON.stringify(events)).not.toContain(KEY);
  for (const form of ['text', 'json', 'markdown', 'sarif', 'junit', 'har'] as const)
    expect(await examinations.export(last.examination, form)).not.toContain(KEY);
  expect(last.diagnosis.examination.overridden).toEqual([{ what: 'header', value: 'x-api-key' }]);
});

test('the headers of a listed server are not sent to another, whatever a page asks for', async () => {
  const { examinations, world } = room();
  const target = { server: SERVER, profile: 'default' };
  for (const url of [
    'https://other.example/mcp',
    SERVER.replace('https:', 'http:'),
    'javascript:alert(1)',
    'file:///etc/passwd',
  ])
    await expect(heard(examinations, { url, target })).rejects.toMatchObject({ code: 'usage.url' });
  expect(world.dials).toEqual([]);
});

test('what nobody listens to any more is given up', async () => {
  const { examinations, world } = room({
    '/mcp': (_, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  });
  const events = examinations.examine({ url: SERVER })[Symbol.asyncIterator]();
  for (;;) {
    const { value } = await events.next();
    if (value?.kind === 'exchange') break;
  }
  await events.return?.();
  await world.clock.settle();
  const dialled = world.dials.length;
  expect(world.dials.every(({ signal }) => signal?.aborted)).toBe(true);
  await world.clock.advance(60_000);
  expect(world.dials.length).toBe(dialled);
});

test('one part alone is asked and judged alone', async () => {
  const metadata = {
    ...METADATA,
    resource: 'https://other.example',
  };
  const { examinations } = room({ '/.well-known/oauth-protected-resource/mcp': metadata });
  const { last } = await heard(examinations, { only: 'prm' });
  expect(last.probes.map(({ group }) => group)).not.toContain('server');
  expect(new Set(last.diagnosis.findings.map(({ code }) => code.slice(0, 3)))).toEqual(new Set(['PRM']));
  expect(last.diagnosis.clients).toEqual([]);
});

test('what is asked in the place of what the servers say is asked, and every report says so', async () => {
  const { examinations, world } = room();
  const elsewhere = 'https://mcp.example/elsewhere';
  const { last } = await heard(examinations, { resourceMetadata: elsewhere });
  expect(world.dials.map(({ url }) => url)).toContain(elsewhere);
  expect(last.diagnosis.examination.overridden).toEqual([{ what: 'resource_metadata', value: elsewhere }]);
  expect(await examinations.export(last.examination, 'text')).toContain(`resource_metadata ${elsewhere}`);
});

test('trial clients are registered on explicit wish only', async () => {
  const registering = async (active: boolean) => {
    const { examinations, world } = room();
    await heard(examinations, { active });
    return world.dials.some(({ url, method }) => method === 'POST' && url.endsWith('/register'));
  };
  expect(await registering(false)).toBe(false);
  expect(await registering(true)).toBe(true);
});

test('a baseline is kept, and the next examination says what has changed since', async () => {
  const { examinations, world } = room();
  const first = await heard(examinations);
  expect(first.last.diagnosis.since).toBeUndefined();
  await examinations.saveBaseline(first.last.examination);
  const same = await heard(examinations);
  expect(same.last.diagnosis.since).toMatchObject({ added: [], gone: [], changes: [] });
  world.mount(
    'https://mcp.example',
    paths({ ...RIGHT, '/.well-known/oauth-protected-resource/mcp': status(404) }),
  );
  const later = await heard(examinations);
  expect(later.last.diagnosis.since?.added.length).toBeGreaterThan(0);
  expect(later.last.diagnosis.since?.changes.map(({ what }) => what)).toContain('removed');
  // A part says nothing of the rest, so it is neither compared nor kept.
  const part = await heard(examinations, { only: 'prm' });
  expect(part.last.diagnosis.since).toBeUndefined();
  await expect(examinations.saveBaseline(part.last.examination)).rejects.toMatchObject({
    code: 'usage.flag',
  });
});

test('the last examinations are kept for reports, and older ones are not', async () => {
  const { examinations } = room();
  const first = await heard(examinations);
  expect(await examinations.export(first.last.examination, 'markdown')).toContain('keybridge doctor');
  for (let count = 0; count < 20; count++) await heard(examinations, { only: 'url' });
  await expect(examinations.export(first.last.examination, 'text')).rejects.toMatchObject({
    code: 'examination.gone',
  });
  await expect(examinations.saveBaseline(first.last.examination)).rejects.toMatchObject({
    code: 'examination.gone',
  });
});

test('they are kept by their size too: what was read makes older ones go, and the last one stays', async () => {
  const long = { '/.well-known/oauth-protected-resource/mcp': { ...METADATA, note: 'x'.repeat(100_000) } };
  const isKept = async (examinations: Examinations, id: string) =>
    examinations.export(id, 'json').then(
      () => true,
      error => error.code !== 'examination.gone',
    );
  const { examinations } = room(long, { characters: 2_500_000 });
  const ids: string[] = [];
  for (let count = 0; count < 8; count++) ids.push((await heard(examinations)).last.examination);
  const kept = await Promise.all(ids.map(id => isKept(examinations, id)));
  expect(kept.at(-1)).toBe(true);
  expect(kept.at(-2)).toBe(true);
  expect(kept[0]).toBe(false);
  const tight = room(long, { characters: 1 }).examinations;
  const [first, second] = [await heard(tight), await heard(tight)];
  expect(await isKept(tight, first.last.examination)).toBe(false);
  expect(await isKept(tight, second.last.examination)).toBe(true);
});

test('a key in an address that is asked instead is told to nobody', async () => {
  const { examinations, world } = room();
  const resourceMetadata = `https://mcp.example/elsewhere?key=${KEY}`;
  const { events, last } = await heard(examinations, { resourceMetadata });
  expect(world.dials.map(({ url }) => url)).toContain(resourceMetadata);
  expect(JSON.stringify(events)).not.toContain(KEY);
  for (const form of ['text', 'json', 'har'] as const)
    expect(await examinations.export(last.examination, form)).not.toContain(KEY);
});

test('what a client is and asks for in place of what the servers say goes with the trial sign-up', async () => {
  const { examinations, world } = room();
  const registration_endpoint = `${ISSUER}/other-register`;
  const overrides = { endpoints: { registration_endpoint }, scope: 'a b' };
  const { last } = await heard(examinations, { active: true, overrides });
  expect(world.dials.some(({ url, method }) => method === 'POST' && url === registration_endpoint)).toBe(
    true,
  );
  expect(last.diagnosis.examination.overridden?.map(({ what }) => what)).toEqual([
    'registration_endpoint',
    'scope',
  ]);
});

test.each([
  ['no URL', { url: 'mcp.example' }, 'usage.url'],
  ['a URL with a password', { url: 'https://a:b@mcp.example' }, 'usage.url'],
  ['an endpoint that is no URL', { overrides: { endpoints: { token_endpoint: 'x' } } }, 'usage.flag'],
  ['a part there is not', { only: 'xyz' as 'prm' }, 'usage.flag'],
])('%s is refused before anything is asked', async (_, request, code) => {
  const { examinations, world } = room();
  await expect(heard(examinations, request)).rejects.toMatchObject({ code });
  expect(world.dials).toEqual([]);
});
