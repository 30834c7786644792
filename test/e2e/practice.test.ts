import { expect, onTestFinished, test } from 'vitest';
import { type Installation, install, until } from '../support/keybridge.ts';
import { windowApi } from '../support/window-api.ts';

/** A practice server in the list, started from a window that is closed again. */
async function practised(installation: Installation): Promise<string> {
  const { api, close } = await windowApi(installation);
  const { url } = await api.startLab('right');
  await api.addServers(url);
  close();
  return url;
}

async function connects(installation: Installation, url: string): Promise<void> {
  const host = await installation.host(url);
  await until('the host has tools', async () => (await host.client.listTools()).tools.length > 0);
  await host.close();
}

test('a practice server answers at its address again when its entry is used after Keybridge has ended', {
  timeout: 90_000,
}, async () => {
  const installation = install();
  onTestFinished(() => installation.close());
  const url = await practised(installation);
  await connects(installation, url);
  await installation.run(['stop']);
  await expect(fetch(url)).rejects.toThrow();
  await connects(installation, url);
  // Also by a doctor in the window, with nobody there before.
  await installation.run(['stop']);
  const { api, close } = await windowApi(installation);
  onTestFinished(close);
  for await (const event of api.examine({ url }))
    if (event.kind === 'diagnosis') expect(event.diagnosis.unreachable).toBeFalsy();
});

test('a practice server runs again once a window is opened, and stays in the list meanwhile', {
  timeout: 90_000,
}, async () => {
  const installation = install();
  onTestFinished(() => installation.close());
  const url = await practised(installation);
  await installation.run(['stop']);
  const { api, close } = await windowApi(installation);
  onTestFinished(close);
  for await (const each of api.watch()) {
    if (each.servers) expect(each.servers.map(({ server }) => server)).toEqual([url]);
    if (each.lab?.some(running => running.url === url)) break;
  }
  expect((await fetch(url, { method: 'POST' })).status).toBe(401);
});

test('status lists the servers that were added in a window, signed in to or not, and no key of theirs', async () => {
  const installation = install();
  onTestFinished(() => installation.close());
  const { api, close } = await windowApi(installation);
  await api.addServers('https://one.example/mcp\nhttps://two.example/mcp?key=CANARY-0123456789');
  close();
  const { stdout } = await installation.run(['status']);
  expect(stdout).toMatch(/^https:\/\/one\.example\/mcp\n {2}not signed in$/m);
  expect(stdout).toMatch(/^https:\/\/two\.example\/mcp\?key=…\n {2}not signed in$/m);
  expect(stdout).not.toContain('CANARY');
  expect((await installation.run(['status', '--json'])).stdout).not.toContain('CANARY');
});
