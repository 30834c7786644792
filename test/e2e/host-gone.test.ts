import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { SHOWS_PROCESSES } from '../support/processes.ts';
import { faultIn, type RawHost, rawHost } from '../support/raw-host.ts';

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

/** A bridge with a call under way that takes long. */
async function busy(): Promise<RawHost> {
  const before = lab.mcp.counters.toolCalls.slow ?? 0;
  const host = rawHost(installation, [lab.serverUrl]);
  await host.initialize();
  host.send({
    jsonrpc: '2.0',
    id: 'slow',
    method: 'tools/call',
    params: { name: 'slow', arguments: { ms: 60_000 } },
  });
  await until('the call is under way', () => (lab.mcp.counters.toolCalls.slow ?? 0) > before);
  return host;
}

/** Nothing of a bridge is left at the server or in the broker. */
async function nothingIsLeft(): Promise<void> {
  await until('the server has no session', () => lab.mcp.counters.sessionsOpen === 0);
  await until('no answer is under way', () => lab.mcp.counters.answersOpen === 0);
  expect((await installation.status()).servers.map(({ hosts }) => hosts)).toEqual([[]]);
}

describe('a bridge in the middle of a call', () => {
  it('whose host closes its input goes on for the answer; told to end, it answers what is open', async () => {
    const host = await busy();
    const ended = host.leave();
    // A script has said all it has to say, too, and waits.
    expect(await Promise.race([ended, wait(3_000)])).toBe(undefined);
    // What a host does next that wants to be rid of it. MCP, Lifecycle, "Shutdown".
    host.child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    const answers = host.heard().filter(({ id }) => id === 'slow');
    expect(answers.map(faultIn)).toMatchObject([{ code: 'cancelled', remedy: expect.stringMatching(/./) }]);
    await nothingIsLeft();
    expect(lab.mcp.counters.deletes).toBe(1);
  });

  it('that is told to end answers what is open', async () => {
    const host = await busy();
    host.child.kill('SIGTERM');
    expect(await host.ended).toEqual({ code: 0, signal: null });
    expect(
      host
        .heard()
        .filter(({ id }) => id === 'slow')
        .map(faultIn),
    ).toMatchObject([{ code: 'cancelled' }]);
    await nothingIsLeft();
  });

  it('that is killed has its session ended by the broker, which keeps nothing of it', async () => {
    const open = () => readdirSync(`/proc/${pid}/fd`).length;
    const first = await busy();
    const { pid } = await installation.status();
    first.child.kill('SIGKILL');
    await nothingIsLeft();
    const before = SHOWS_PROCESSES ? open() : 0;
    for (let round = 0; round < 2; round++) {
      const hosts = await Promise.all([busy(), busy(), busy()]);
      for (const { child } of hosts) child.kill('SIGKILL');
      await Promise.all(hosts.map(({ ended }) => ended));
      await nothingIsLeft();
    }
    expect(lab.mcp.counters.deletes).toBe(7);
    // Idle connections to the server go after a few seconds.
    if (SHOWS_PROCESSES) await until('its files and sockets are closed', () => open() <= before);
  });

  it('whose host died, and both ends of its pipes with it, ends too', async () => {
    const host = await busy();
    host.child.stdin?.destroy();
    host.child.stdout?.destroy();
    expect(await host.ended).toEqual({ code: 0, signal: null });
    await nothingIsLeft();
  });
});
