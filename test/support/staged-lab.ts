import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { examineActively } from '../../src/doctor/active.ts';
import { type ExamineOptions, examine } from '../../src/doctor/examine.ts';
import { examineFlow } from '../../src/doctor/flow.ts';
import { follow } from '../../src/lab/browser.ts';
import { STAGED } from '../../src/lab/staged/all.ts';
import type { Ports, Running } from '../../src/lab/staged/stage.ts';
import { callbackListener } from '../../src/node/callback.ts';
import { createDialler } from '../../src/node/dial.ts';
import { openTrace } from '../../src/trace/record.ts';

/** Starts a server of the lab by its name, until the test ends. */
export async function started(name: string, ports: Ports = {}): Promise<Running> {
  const stage = STAGED.find(each => each.name === name);
  if (!stage) throw new Error(`There is no ${name}.`);
  const running = await stage.start(ports);
  onTestFinished(() => running.close());
  return running;
}

/** The doctor's own world, with real connections. */
function outside() {
  const dialler = createDialler();
  onTestFinished(() => dialler.close());
  const world = {
    dial: dialler.dial,
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await wait(ms, undefined, signal ? { signal } : {});
    },
  };
  return { world, ...openTrace(world, { userAgent: 'keybridge/0' }) };
}

/** What the doctor sees at a URL over real connections; without `kind` it finds out whose URL it is. */
export async function examinedThere(
  url: string,
  { kind, ...options }: ExamineOptions & { kind?: Examination['kind'] } = {},
): Promise<Examination> {
  const { world, trace, root } = outside();
  return examine(new URL(url), kind, root, trace, world, options);
}

/** The same with everything after it that leaves a trace at the server. */
export async function triedThere(url: string): Promise<Examination> {
  const { world, trace, root } = outside();
  const passive = await examine(new URL(url), 'server', root, trace, world);
  return examineActively(passive, root, trace, world);
}

/** The same with a whole sign-in after it; where the browser ends on another page, the user pastes its text. */
export async function signedInThere(url: string): Promise<Examination> {
  const { world, trace, root } = outside();
  const passive = await examine(new URL(url), 'server', root, trace, world);
  let take: (text: string) => Promise<void> = async () => {};
  const flowWorld = {
    ...world,
    random: (bytes: number) => new Uint8Array(randomBytes(bytes)),
    listenForCallback: callbackListener(),
    openBrowser: async (link: URL) => {
      void follow(link).then(({ url: end, text }) => {
        if (!end.endsWith('/callback') || end.endsWith('/oauth/callback')) return take(text);
      });
    },
  };
  return examineFlow(passive, root, trace, flowWorld, {
    onPaste: each => {
      take = each;
      return () => {};
    },
    patience: 20_000,
  });
}
