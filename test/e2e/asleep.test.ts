import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { expectOneAnswerEach } from '../support/callers.ts';
import { textIn } from '../support/equipped.ts';
import { wire } from '../support/wired.ts';

/** Seconds an access token lives. */
const LIFE = 6;
/** Milliseconds of sleep: longer than a token lives, and than a server keeps a connection. */
const NIGHT = 7_000;

describe.concurrent('a machine that slept goes on by itself, and nobody signs in again, where its connections', () => {
  const nights = { 'were hung up on': 'reset', 'were forgotten on the way': 'swallow' } as const;
  it.for(Object.entries(nights))('%s', { timeout: 60_000 }, async ([, part], { onTestFinished, expect }) => {
    const { cable, hosts, installation, allIsWell } = await wire(onTestFinished, 2, { tokenLife: LIFE });
    const { pid } = await installation.status();
    const asleep = [pid, ...hosts.map(({ host }) => host.child.pid ?? 0)];
    // Leaves connections behind that would be used again.
    await Promise.all(hosts.map(({ echo }) => echo('before')));
    for (const each of asleep) process.kill(each, 'SIGSTOP');
    cable[part]();
    await wait(NIGHT);
    for (const each of asleep) process.kill(each, 'SIGCONT');
    const answers = await Promise.all(hosts.map(({ echo }, index) => echo(`after ${index}`)));
    expect(answers.map(textIn)).toEqual(['after 0', 'after 1']);
    await expectOneAnswerEach(hosts, ['after 0', 'after 1'], []);
    // What nobody hung up on is ended by the system, whose probes go unanswered, within a minute or so.
    cable.reset();
    await allIsWell();
  });

  it('carried a call: it is resumed, and answered once', async ({ onTestFinished, expect }) => {
    const { cable, first, installation, lab, allIsWell } = await wire(onTestFinished, 1, { tokenLife: LIFE });
    const { pid } = await installation.status();
    const asleep = [pid, first.host.child.pid ?? 0];
    const slow = first.call('slow', 'slow', { ms: 2_000, steps: 2 });
    while (lab.mcp.counters.toolCalls.slow !== 1) await wait(20);
    await wait(300);
    for (const each of asleep) process.kill(each, 'SIGSTOP');
    cable.reset();
    await wait(NIGHT);
    for (const each of asleep) process.kill(each, 'SIGCONT');
    expect(textIn(await slow)).toBe('Done in 2 steps.');
    await expectOneAnswerEach([first], [], []);
    expect(first.answers.get('slow')).toHaveLength(1);
    await allIsWell();
  }, 60_000);
});
