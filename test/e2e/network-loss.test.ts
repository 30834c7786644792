import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { expectOneAnswerEach, keepCalling } from '../support/callers.ts';
import { textIn } from '../support/equipped.ts';
import { until } from '../support/keybridge.ts';
import { faultIn } from '../support/raw-host.ts';
import { wire } from '../support/wired.ts';

describe.concurrent('a network', () => {
  it('that lets nothing through for ten seconds only holds calls up, unless the server hangs up meanwhile', async ({
    onTestFinished,
    expect,
  }) => {
    const { cable, hosts, allIsWell } = await wire(onTestFinished, 2);
    const end = performance.now() + 11_000;
    const calling = keepCalling(hosts, 3, () => performance.now() < end);
    await wait(300);
    cable.stall();
    await wait(10_000);
    cable.flow();
    // A server that has not got the request yet may take its connection to be idle.
    const lost = await expectOneAnswerEach(hosts, await calling, ['server.stream-lost']);
    expect(lost['server.stream-lost'] ?? 0).toBeLessThanOrEqual(6);
    await allIsWell();
  }, 40_000);

  it('that breaks every connection, again and again, costs what was on them and is got over', async ({
    onTestFinished,
    expect,
  }) => {
    const { cable, lab, hosts, first, allIsWell } = await wire(onTestFinished, 2);
    // It takes longer than the trouble, and is resumed by its event ids.
    const slow = first.call('slow', 'slow', { ms: 4_000, steps: 4 });
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    const end = performance.now() + 3_000;
    const calling = keepCalling(hosts, 3, () => performance.now() < end);
    for (let count = 0; count < 8; count++) {
      await wait(250);
      cable.reset();
    }
    const lost = await expectOneAnswerEach(hosts, await calling, ['server.stream-lost']);
    expect(lost['server.stream-lost']).toBeGreaterThan(0);
    expect(textIn(await slow)).toBe('Done in 4 steps.');
    expect(first.answers.get('slow')).toHaveLength(1);
    await allIsWell();
  }, 40_000);

  it('that is down for a while costs the calls of that time, each with its reason', async ({
    onTestFinished,
    expect,
  }) => {
    const { cable, hosts, allIsWell } = await wire(onTestFinished, 2);
    const end = performance.now() + 5_000;
    const calling = keepCalling(hosts, 3, () => performance.now() < end);
    await wait(300);
    await cable.unplug();
    await wait(3_000);
    await cable.plug();
    const lost = await expectOneAnswerEach(hosts, await calling, ['net.refused', 'server.stream-lost']);
    expect(lost['net.refused']).toBeGreaterThan(0);
    await allIsWell();
  }, 40_000);

  it('that forgets the connections it has costs what was on them, and nothing that comes after', async ({
    onTestFinished,
    expect,
  }) => {
    const { cable, hosts, first, allIsWell } = await wire(onTestFinished, 1);
    // Leaves a connection behind that would be used again.
    await first.echo('before');
    cable.swallow();
    const swallowed = first.echo('swallowed');
    for (let count = 0; count < 20; count++)
      expect(textIn(await first.echo(`after ${count}`))).toBe(`after ${count}`);
    // Nobody can tell it from a tool that takes its time, until the connection itself ends.
    expect(first.answers.get('swallowed')).toBeUndefined();
    cable.reset();
    expect(faultIn(await swallowed)?.code).toBe('server.stream-lost');
    await expectOneAnswerEach(hosts, ['before', 'swallowed', 'after 0'], ['server.stream-lost']);
    await allIsWell();
  }, 40_000);
});
