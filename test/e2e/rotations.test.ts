import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { install, until } from '../support/keybridge.ts';
import type { Killed } from '../support/rotating-server-main.ts';

const SERVER = fileURLToPath(new URL('../support/rotating-server-main.ts', import.meta.url));
/** How many rotations end in a kill; KEYBRIDGE_TEST_KILLS=60 for a long run. */
const KILLS = Number(process.env.KEYBRIDGE_TEST_KILLS ?? 12);
/** A kill comes so many milliseconds after the answer has left the server, at most. */
const LATEST = 30;
/** What had arrived for so long is on disk. Milliseconds. */
const ARRIVED = 8;

interface Heard {
  url?: string;
  counters?: { renewals: number; refused: number; codes: number };
  killed?: Killed;
}

function rotatingServer() {
  const child: ChildProcess = fork(SERVER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill());
  const hears = <K extends keyof Heard>(what: K) =>
    new Promise<NonNullable<Heard[K]>>(resolve => {
      const hear = (heard: Heard) => {
        const found = heard[what];
        if (found === undefined) return;
        child.off('message', hear);
        resolve(found as NonNullable<Heard[K]>);
      };
      child.on('message', hear);
    });
  return {
    url: hears('url'),
    killed: () => hears('killed'),
    tell: async (what: object) => {
      const counters = hears('counters');
      child.send(what);
      return counters;
    },
  };
}

/** The process id that the broker wrote down, once it is another one. */
const brokerOf = (home: string, before: number) => () => {
  try {
    const pid = Number(readFileSync(join(home, 'broker.pid'), 'utf8'));
    return pid !== before && pid;
  } catch {
    return undefined;
  }
};

it(
  `a broker that is killed in the first ${LATEST} ms after a rotation keeps what had arrived ${ARRIVED} ms before, ${KILLS} times`,
  async () => {
    const server = rotatingServer();
    const url = await server.url;
    const installation = install({ KEYBRIDGE_VAULT: 'file' });
    onTestFinished(() => installation.close());
    const host = await installation.host(url);
    await until(
      'it is signed in',
      async () => (await host.client.listTools().catch(() => undefined)) && true,
    );

    const rounds: (Killed & { lost: boolean })[] = [];
    let pid = 0;
    for (let round = 0; round < KILLS; round++) {
      pid = await until('there is a broker', brokerOf(installation.home, pid), 20_000);
      await until(
        'it works',
        async () => (await host.client.listTools().catch(() => undefined)) && true,
        20_000,
      );
      const { codes } = await server.tell({ expire: true, kill: { pid, after: (round * LATEST) / KILLS } });
      const killed = server.killed();
      // The one call that finds its token refused may be lost with the broker.
      void host.client.listTools().catch(() => {});
      const when = await killed;
      await until(
        'it works again',
        async () => (await host.client.listTools().catch(() => undefined)) && true,
        30_000,
      );
      rounds.push({ ...when, lost: (await server.tell({})).codes > codes });
    }
    const lost = rounds.filter(each => each.lost && each.ran + each.asleep >= ARRIVED);
    if (process.env.KEYBRIDGE_TEST_KILLS) {
      const told = rounds.map(
        each =>
          `${each.after.toFixed(1)} ms (ran ${each.ran.toFixed(1)}, slept ${each.asleep.toFixed(1)})${each.lost ? ' LOST' : ''}`,
      );
      process.stdout.write(`${told.join('\n')}\n`);
    }
    expect(lost).toEqual([]);
    expect(rounds.length).toBe(KILLS);
  },
  KILLS * 15_000,
);
