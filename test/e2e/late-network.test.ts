import { expect, it, onTestFinished } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { textIn } from '../support/equipped.ts';
import { install, until } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';

it('a host that starts before its server can be reached is answered, and served once it is there', async () => {
  const installation = install();
  let lab = await startLab({ auth: false });
  onTestFinished(async () => {
    await installation.close();
    await lab.close();
  });
  const { serverUrl, mcp } = lab;
  const first = rawHost(installation, [serverUrl]);
  const known = await first.initialize();
  await first.leave();
  await lab.close();
  const host = rawHost(installation, [serverUrl]);
  expect((await host.initialize()).result).toEqual(known.result);
  const list = host.ask('tools/list', {}, 30_000);
  await until('the reason is said', () => host.stderr.includes('refuses connections'));
  expect(host.lines()).toHaveLength(1);
  lab = await startLab({ auth: false, port: mcp.port });
  expect((await list).result).toBeDefined();
  expect(textIn(await host.call('echo', { text: 'here' }))).toBe('here');
  await host.hears('its lists changed', ({ method }) => method === 'notifications/tools/list_changed');
  expect(await host.leave()).toEqual({ code: 0, signal: null });
});
