import { describe, expect, test } from 'vitest';
import type { ServerChange } from '../../src/api/window.ts';
import { ServerList } from '../../src/window/server-list.ts';
import { proxiesOf } from '../../src/window/watching.ts';
import { surroundings } from '../support/desk.ts';
import { fakeWorld } from '../support/fake-world.ts';

const SERVER = 'https://mcp.example/mcp';
const HERE = { server: SERVER, profile: 'default' };
const OTHER = '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

async function listed(network = {}) {
  const around = surroundings(fakeWorld(), { environment: () => ({ network }) });
  const list = new ServerList(around, () => {});
  await list.add(SERVER);
  return { list, preferences: around.preferences };
}

describe('a change of a server', () => {
  test('takes every field, and takes each away again', async () => {
    const { list } = await listed();
    await list.change(HERE, {
      name: 'Mine',
      scopes: ['read', 'write'],
      resource: 'https://mcp.example/',
      clientId: 'me',
      clientSecret: 'hidden',
      clientMetadataUrl: 'https://client.example/me.json',
      headers: { 'X-A': '1', x_a: '2' },
      extraCa: PEM,
      assumePkce: true,
      allowPrivate: true,
      allowHttp: true,
      transport: 'sse-only',
      preset: 'auth0',
    });
    const settings = await list.settingsOf(HERE);
    expect(settings).toMatchObject({
      headers: [
        ['X-A', '1'],
        ['x_a', '2'],
      ],
      transport: 'sse-only',
      network: { extraCa: PEM },
      client: {
        clientMetadata: { scope: 'read write' },
        resource: 'https://mcp.example/',
        staticClient: { clientId: 'me', clientSecret: 'hidden' },
        clientMetadataUrl: 'https://client.example/me.json',
        assumePkce: true,
        allowPrivate: true,
        allowHttp: true,
        preset: 'auth0',
      },
    });
    const [known] = await list.known([]);
    expect(known?.settings.redirectUri).toMatch(/^http:\/\/localhost:\d+\/oauth\/callback$/);
    await list.change(HERE, {
      name: null,
      scopes: null,
      resource: null,
      clientId: null,
      clientMetadataUrl: null,
      headers: { 'X-A': null, X_A: null },
      extraCa: null,
      assumePkce: false,
      allowPrivate: false,
      allowHttp: false,
      transport: 'http-first',
      preset: null,
    });
    const { list: fresh } = await listed();
    expect(await list.settingsOf(HERE)).toEqual(await fresh.settingsOf(HERE));
    expect(await list.known([])).toEqual(await fresh.known([]));
  });

  test('keeps the address a client was registered for while other things change', async () => {
    const { list } = await listed();
    const address = async () => (await list.known([]))[0]?.settings.redirectUri;
    await list.change(HERE, { clientId: 'me' });
    const before = await address();
    expect(before).toBeDefined();
    await list.change(HERE, { resource: 'https://mcp.example/', headers: { 'X-A': '1' } });
    expect(await address()).toBe(before);
  });

  test.each<[string, ServerChange]>([
    ['scopes', { scopes: ['a b'] }],
    ['resource', { resource: 'not a uri' }],
    ['resource', { resource: 'https://mcp.example/#part' }],
    ['clientSecret', { clientSecret: 'canary' }],
    ['clientMetadataUrl', { clientMetadataUrl: 'http://client.example/me.json' }],
    ['headers', { headers: { 'not a name': 'canary' } }],
    ['headers', { headers: { 'X-A': 'canary\r\nX-B: 1' } }],
    ['extraCa', { extraCa: 'canary' }],
    ['extraCa', { extraCa: `${PEM}\n-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----` }],
    ['preset', { preset: 'nobody' }],
    ['transport', { transport: 'pigeon' as never }],
    ['name', { name: 'x'.repeat(10_000) }],
  ])('that cannot be is refused, and changes nothing: %s', async (field, change) => {
    const { list } = await listed();
    const before = JSON.stringify(await list.known([]));
    const fault = await list.change(HERE, change).catch(error => error);
    expect(fault).toMatchObject({ code: 'usage.flag', data: { field } });
    expect(JSON.stringify(fault)).not.toContain('canary');
    expect(JSON.stringify(await list.known([]))).toBe(before);
  });

  test('of the proxy and the certificates for all counts for each server', async () => {
    const { list, preferences } = await listed({ httpsProxy: 'http://old.example', extraCa: 'ENVIRONMENT' });
    await preferences.change({ proxy: 'http://new.example', extraCa: OTHER });
    await list.change(HERE, { extraCa: PEM });
    expect((await list.settingsOf(HERE)).network).toEqual({
      httpProxy: 'http://new.example',
      httpsProxy: 'http://new.example',
      extraCa: `ENVIRONMENT\n${OTHER}\n${PEM}`,
    });
  });
});

describe('the entry for a host', () => {
  test('says what the window says, each secret to be filled in', async () => {
    const { list } = await listed();
    await list.change(HERE, { name: 'My server', headers: { 'X-Key': 'hidden' }, scopes: ['a'] });
    expect(JSON.parse(await list.hostEntry(HERE))).toEqual({
      mcpServers: {
        'My-server': {
          command: '/bin/node',
          args: [
            '/opt/keybridge.js',
            SERVER,
            '--header',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what the host's file says
            'X-Key:${X_KEY}',
            '--static-oauth-client-metadata',
            '{"scope":"a"}',
          ],
          env: { X_KEY: 'put the value here' },
        },
      },
    });
  });

  test('is read back as the same server', async () => {
    const { list } = await listed();
    await list.change(HERE, {
      clientId: 'me',
      clientSecret: 'hidden',
      transport: 'sse-only',
      allowPrivate: true,
    });
    const [known] = await list.known([]);
    const [read] = await list.readPasted(await list.hostEntry(HERE));
    expect(read).toMatchObject({ target: HERE, known: true, settings: known?.settings });
  });
});

describe('what the environment says of proxies', () => {
  test('is told without names and passwords', () => {
    const network = {
      httpProxy: 'http://me:canary@proxy.example:8080/canary',
      httpProxyFrom: 'http_proxy',
      httpsProxy: 'me:canary@proxy.example:8080',
    };
    expect(proxiesOf(network)).toEqual([
      { variable: 'http_proxy', origin: 'http://proxy.example:8080' },
      { variable: 'HTTPS_PROXY', origin: 'http://proxy.example:8080' },
    ]);
  });
});
