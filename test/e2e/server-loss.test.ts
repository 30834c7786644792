import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { expectOneAnswerEach, keepCalling } from '../support/callers.ts';
import { until } from '../support/keybridge.ts';
import { type Wired, wire } from '../support/wired.ts';

/** The server is gone for a while, in milliseconds, and knows no session when it is back. */
async function restart({ cable, lab }: Wired, gone: number): Promise<void> {
  await cable.unplug();
  await lab.mcp.loseSessions();
  await wait(gone);
  await cable.plug();
}

describe.concurrent('a server that is restarted', () => {
  it('during calls costs those of that time; sessions and streams come back', async ({
    onTestFinished,
    expect,
  }) => {
    const wired = await wire(onTestFinished, 4);
    const { hosts, lab } = wired;
    let over = false;
    const calling = keepCalling(hosts, 3, () => !over);
    for (const gone of [0, 2_000]) {
      await wait(500);
      await restart(wired, gone);
      await until('each has its session again', () => lab.mcp.counters.sessionsOpen === 4, 15_000);
    }
    over = true;
    const codes = ['net.refused', 'server.stream-lost', 'server.session-lost'];
    const lost = await expectOneAnswerEach(hosts, await calling, codes);
    expect(lost['net.refused']).toBeGreaterThan(0);
    // One session for each host, and one more for each restart.
    expect(lab.mcp.counters).toMatchObject({ sessionsOpen: 4, sessionsOpened: 12 });
    await wired.allIsWell();
  }, 40_000);

  it('while hosts ask for nothing is noticed, and their sessions and streams come back', async ({
    onTestFinished,
    expect,
  }) => {
    const wired = await wire(onTestFinished, 2);
    const { lab } = wired;
    await restart(wired, 1_500);
    await until('each has its session again', () => lab.mcp.counters.sessionsOpen === 2, 15_000);
    await wired.allIsWell();
    expect(lab.mcp.counters.sessionsOpened).toBe(4);
  }, 40_000);
});
