import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dialler, serveHttp, until } from '../support/network.ts';

const HOUR = 3_600_000;

describe('a connection that was put by', () => {
  // Only the clock: timers do not run while a machine sleeps.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  const ask = async (keepAlive: string | undefined, asleep: number) => {
    const server = await serveHttp((_, response) => {
      if (keepAlive) response.setHeader('keep-alive', keepAlive);
      response.end('ok');
    });
    const { get, dial } = dialler();
    await (await get(server.url)).response.text();
    vi.setSystemTime(Date.now() + asleep);
    const { response, connection } = await dial({ method: 'POST', url: server.url, headers: [] });
    expect(await response.text()).toBe('ok');
    return connection.reused;
  };

  it('while the machine slept is not used again: nobody could say what became of the request', async () => {
    expect(await ask(undefined, HOUR)).toBe(false);
  });

  it('is not used again either when the clock was set back', async () => {
    expect(await ask(undefined, -HOUR)).toBe(false);
  });

  it.each([
    [undefined, 2_000, true],
    ['timeout=30', 20_000, true],
    ['timeout=30, max=100', 29_000, false],
    ['timeout=900', 59_000, true],
    ['timeout=900', 61_000, false],
    ['timeout=1', 0, false],
  ])('for which the server says %s is, after %i ms: %s', async (keepAlive, asleep, reused) => {
    expect(await ask(keepAlive, asleep)).toBe(reused);
  });
});

// As Linux shows it: the local port in hexadecimal, and 02 for a timer that waits to send a probe.
const timers = (port: number) =>
  readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, , remote]) => remote?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`))
    .map(([, , , , , timer]) => timer?.slice(0, 2));

it.runIf(existsSync('/proc/net/tcp'))(
  'a connection that is silent is probed by the system, so that one that died without a word ends',
  async () => {
    const server = await serveHttp((_, response) => response.flushHeaders());
    const { response } = await dialler().get(server.url);
    await until(() => timers(server.port).includes('02'));
    await response.body?.cancel();
  },
);
