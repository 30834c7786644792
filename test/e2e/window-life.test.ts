import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectBroker } from '../../src/node/connect.ts';
import { brokerHost } from '../support/broker-host.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';
import { as, otherVersion } from '../support/versions.ts';
import { type WindowOfApi, windowApi } from '../support/window-api.ts';

/* What becomes of an open window when its broker goes, and of a broker while a window is open. */

/** Milliseconds after which a broker that nobody needs ends. */
const IDLE = 300;

let installation: Installation;

beforeEach(() => {
  installation = install({ KEYBRIDGE_VAULT: 'file' });
});

afterEach(() => installation.close());

/** What a window sees until its stream ends, and how often that ends. */
function watched({ api }: WindowOfApi) {
  const seen = { pids: [] as number[], ends: [] as unknown[] };
  const watch = async () => {
    for await (const { broker } of api.watch()) if (broker) seen.pids.push(broker.pid);
  };
  watch().then(
    () => seen.ends.push('over'),
    error => seen.ends.push((error as { code?: string }).code),
  );
  return seen;
}

/** The window as it comes back, once somebody lets it in. */
async function back(window: WindowOfApi): Promise<WindowOfApi> {
  let found: WindowOfApi | undefined;
  await until('the window is back', async () => {
    found = await window.again().catch(() => undefined);
    return found !== undefined;
  });
  if (!found) throw new Error('It is not back.');
  return found;
}

describe('an open window', () => {
  it('keeps its broker from ending for want of work, and no longer', async () => {
    const broker = brokerHost(installation, { idle: IDLE });
    await broker.says('serves');
    const terminal = await connectBroker(installation.home, { kind: 'api' });
    const window = await windowApi(installation);
    terminal?.socket.destroy();
    await expect(until('it has ended', () => broker.said().includes('ended'), 5 * IDLE)).rejects.toThrow(
      'in vain',
    );
    window.close();
    await broker.says('ended');
  });

  it('keeps no `keybridge stop` waiting, is told once, and finds the next broker where the last one was', async () => {
    const window = await windowApi(installation);
    const seen = watched(window);
    await until('it has seen its broker', () => seen.pids.length > 0);
    const began = performance.now();
    expect((await installation.run(['stop'])).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
    await until('its stream has ended', () => seen.ends.length > 0);
    await expect(window.api.status()).rejects.toMatchObject({ code: 'broker.lost' });

    brokerHost(installation, {});
    const again = await back(window);
    expect((await again.api.status()).pid).not.toBe(seen.pids[0]);
    expect(seen.ends).toEqual(['broker.lost']);
    again.close();
  });

  it('goes on with a newer version that takes over', async () => {
    const newer = otherVersion('7.0.0');
    try {
      const window = await windowApi(installation);
      const seen = watched(window);
      await until('it has seen its broker', () => seen.pids.length > 0);
      const host = rawHost(as(newer, installation), ['https://server.example/mcp']);
      await until('its stream has ended', () => seen.ends.length > 0);
      const again = await back(window);
      expect((await again.api.status()).version).toBe('7.0.0');
      expect(again.origin).toBe(window.origin);
      expect(seen.ends).toEqual(['broker.lost']);
      again.close();
      await host.leave();
    } finally {
      newer.remove();
    }
  });

  it('tells another program nothing that has taken the port, and the next broker takes another', async () => {
    const window = await windowApi(installation);
    const { port, origin } = new URL(window.origin);
    await installation.run(['stop']);
    const heard: string[] = [];
    const stranger = createServer(socket => {
      socket.on('data', data => heard.push(String(data)));
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>(resolve => stranger.listen(Number(port), '127.0.0.1', resolve));
    try {
      await expect(window.again()).rejects.toThrow('Keybridge does not answer.');
      const other = await windowApi(installation);
      expect(other.origin).not.toBe(origin);
      expect((await other.api.status()).home).toBe(installation.home);
      other.close();
      // A cookie is sent by every browser to every port of this machine; it opens nothing by itself.
      expect(heard.join('').toLowerCase()).toContain('cookie: keybridge-');
      expect(heard.join('')).not.toContain(window.key);
    } finally {
      await new Promise(resolve => stranger.close(resolve));
    }
  });
});
