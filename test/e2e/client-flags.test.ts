import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { derivedPort } from '../../src/node/derived-port.ts';
import { serve } from '../support/http-server.ts';
import { type Installation, install, textOf, until } from '../support/keybridge.ts';
import { register } from '../support/lab-sign-in.ts';
import { faultIn, rawHost } from '../support/raw-host.ts';

let installation: Installation;
const labs: Lab[] = [];

beforeEach(() => {
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await Promise.all(labs.splice(0).map(lab => lab.close()));
});

async function lab(options?: LabOptions): Promise<Lab> {
  const started = await startLab(options);
  labs.push(started);
  return started;
}

describe('--client-credentials', () => {
  /** A client of the lab that may ask for itself, as flags and environment. */
  async function service(of: Lab) {
    const client = await register(of, '', {
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const info = JSON.stringify({ client_id: client.client_id, client_secret: `\${SECRET}` });
    const flags = ['--client-credentials', '--static-oauth-client-info', info];
    return { flags, env: { SECRET: String(client.client_secret) } };
  }

  it('serves hosts without any user, one token for all of them', async () => {
    const it = await lab();
    const { flags, env } = await service(it);
    const { registrations } = it.authorization.counters;
    const hosts = await Promise.all([1, 2].map(() => installation.host(it.serverUrl, { flags, env })));
    for (const { client } of hosts) {
      const echoed = await client.callTool({ name: 'echo', arguments: { text: 'nobody' } });
      expect(textOf(echoed)).toBe('nobody');
    }
    expect(it.authorization.counters).toMatchObject({
      clientGrants: 1,
      registrations,
      authorizationRequests: 0,
      refreshes: 0,
    });
    expect(installation.tabs()).toEqual([]);
    expect((await installation.run(['status'])).stdout).toContain('renewed by itself');
    const disk = installation.everythingOnDisk();
    for (const secret of it.issuedSecrets()) expect(disk).not.toContain(secret);
  });

  it('asks again by itself when tokens end', async () => {
    const it = await lab({ tokenLife: 2 });
    const { flags, env } = await service(it);
    const { client } = await installation.host(it.serverUrl, { flags, env });
    const echo = () => client.callTool({ name: 'echo', arguments: { text: 'x' } });
    await until(
      'three tokens were given',
      async () => {
        expect(textOf(await echo())).toBe('x');
        return it.authorization.counters.clientGrants >= 3;
      },
      40_000,
    );
    expect(installation.tabs()).toEqual([]);
  });

  it('asks at the endpoint the user names, without any discovery', async () => {
    const it = await lab();
    const { flags, env } = await service(it);
    const named = [...flags, '--token-endpoint', `${it.issuer}/token`];
    const host = rawHost(installation, [it.serverUrl, ...named], env);
    expect((await host.initialize()).result).toBeDefined();
    expect((await host.call('echo', { text: 'x' })).result).toBeDefined();
    const { stdout } = await installation.run(['trace']);
    expect(stdout).not.toContain('.well-known');
  });

  it('names the flag when the secret is refused, and ends with 1', async () => {
    const it = await lab();
    const { flags } = await service(it);
    const host = rawHost(installation, [it.serverUrl, ...flags], { SECRET: 'not the one' });
    expect(faultIn(await host.initialize())).toMatchObject({
      code: 'registration.stale',
      message: expect.stringContaining('--static-oauth-client-info'),
    });
    expect(host.stderr).not.toContain('not the one');
    expect(await host.leave()).toEqual({ code: 1, signal: null });
    expect(installation.tabs()).toEqual([]);
  });
});

describe('--use-id-token', () => {
  it('sends a server that wants to know who is there the ID token, and renews it', async () => {
    const it = await lab({ idTokens: true });
    const host = rawHost(installation, [it.serverUrl, '--use-id-token']);
    await host.initialize();
    expect(JSON.stringify((await host.call('whoami')).result)).toContain('ada');
    it.authorization.setTokenLife(2);
    // Another account, so that its token is one of the short ones from the start.
    const brief = rawHost(installation, [it.serverUrl, '--use-id-token', '--as', 'brief']);
    await brief.initialize();
    await until('it was renewed twice', async () => {
      expect(JSON.stringify((await brief.call('whoami')).result)).toContain('ada');
      return it.authorization.counters.refreshes >= 2;
    });
    expect(installation.tabs()).toHaveLength(2);
    const disk = installation.everythingOnDisk();
    for (const secret of it.issuedSecrets()) expect(disk).not.toContain(secret);
  });

  it('is what such a server needs', async () => {
    const it = await lab({ idTokens: true });
    const host = rawHost(installation, [it.serverUrl]);
    await host.initialize();
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('server.refused');
  });
});

describe('a client registered by hand for mcp-remote', () => {
  it('signs in at the port mcp-remote derives, which the trace says', async () => {
    const it = await lab();
    const port = derivedPort({ server: it.serverUrl, headers: [] });
    const client = await register(it, `http://localhost:${port}/oauth/callback`);
    const flags = ['--static-oauth-client-info', JSON.stringify({ client_id: client.client_id })];
    const host = await installation.host(it.serverUrl, { flags });
    expect(textOf(await host.client.callTool({ name: 'whoami' }))).toContain('ada');
    const { stdout } = await installation.run(['trace']);
    expect(stdout).toContain(`The callback port ${port} is the one mcp-remote derives`);
  });

  it('shares its port with another whose path is another', async () => {
    const it = await lab();
    const port = derivedPort({ server: it.serverUrl, headers: [] });
    for (const path of ['/oauth/callback', '/other']) {
      const client = await register(it, `http://localhost:${port}${path}`);
      const info = JSON.stringify({ client_id: client.client_id });
      const flags = ['--callback-path', path, '--static-oauth-client-info', info, '--as', path.slice(1, 6)];
      const host = await installation.host(it.serverUrl, { flags });
      expect(textOf(await host.client.callTool({ name: 'whoami' }))).toContain('ada');
    }
  });
});

describe('--auth-success-url', () => {
  it('is where the browser ends, and it learns nothing', async () => {
    const it = await lab();
    const site = await serve((_seen, res) => res.writeHead(200).end('Welcome back'));
    try {
      const url = `${new URL(site.url).origin}/connected`;
      expect((await installation.run(['login', it.serverUrl, '--auth-success-url', url])).code).toBe(0);
      await until('the browser is there', () => site.seen.length > 0);
      expect(site.seen.map(({ path }) => path)).toEqual(['/connected']);
      expect(site.seen[0]?.headers).not.toHaveProperty('referer');
    } finally {
      await site.close();
    }
  });
});
