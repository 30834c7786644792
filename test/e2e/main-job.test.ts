import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, textOf, until } from '../support/keybridge.ts';

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

describe('the main job', () => {
  it('row 1.11: signs in once for two bridges started at once, and both work', async () => {
    const hosts = await Promise.all([installation.host(lab.serverUrl), installation.host(lab.serverUrl)]);
    for (const { client } of hosts) {
      const answer = await client.callTool({ name: 'echo', arguments: { text: 'here' } });
      expect(textOf(answer)).toContain('here');
    }
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 1 });
  });

  it('needs no sign-in at all where the server wants none', async () => {
    await lab.close();
    lab = await startLab({ auth: false });
    const { client } = await installation.host(lab.serverUrl);
    expect(textOf(await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } }))).toContain('5');
    expect(installation.tabs()).toHaveLength(0);
  });

  it('lets the one tab of a host that was killed serve the next host', async () => {
    const hold = join(installation.env.HOME ?? '', 'hold');
    const env = { KEYBRIDGE_LAB_HOLD: hold };
    // The first host is killed while its browser is open.
    const first = await installation.host(lab.serverUrl, { env });
    await until('the tab is open', () => installation.tabs().length === 1);
    process.kill(first.transport.pid ?? 0, 'SIGKILL');
    const second = await installation.host(lab.serverUrl, { env });
    const tools = second.client.listTools();
    writeFileSync(hold, '');
    expect((await tools).tools.map(tool => tool.name)).toContain('echo');
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters.codeExchanges).toBe(1);
    expect(existsSync(hold)).toBe(true);
  });

  it('keeps two accounts on one server side by side', async () => {
    const names = ['ada', 'bob'];
    const hosts = await Promise.all(
      names.map(name =>
        installation.host(lab.serverUrl, {
          flags: ['--as', name],
          env: { KEYBRIDGE_BROWSER: installation.browserOf({ KEYBRIDGE_LAB_ACCOUNT: name }) },
        }),
      ),
    );
    for (const [index, name] of names.entries()) {
      expect(textOf(await hosts[index]?.client.callTool({ name: 'whoami', arguments: {} }))).toContain(name);
    }
    expect(lab.authorization.counters).toMatchObject({ registrations: 1, codeExchanges: 2 });
    const { servers } = await installation.status();
    expect(servers.map(({ profile, state }) => [profile, state])).toEqual(
      expect.arrayContaining(names.map(name => [name, 'signed-in'])),
    );
  });
});
