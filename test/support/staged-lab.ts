import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { type ExamineOptions, examine } from '../../src/doctor/examine.ts';
import { STAGED } from '../../src/lab/staged/all.ts';
import type { Running } from '../../src/lab/staged/stage.ts';
import { createDialler } from '../../src/node/dial.ts';
import { openTrace } from '../../src/trace/record.ts';

/** Starts a server of the lab by its name, until the test ends. */
export async function started(name: string): Promise<Running> {
  const stage = STAGED.find(each => each.name === name);
  if (!stage) throw new Error(`There is no ${name}.`);
  const running = await stage.start({});
  onTestFinished(() => running.close());
  return running;
}

/** What the doctor sees at a URL over real connections; without `kind` it finds out whose URL it is. */
export async function examinedThere(
  url: string,
  { kind, ...options }: ExamineOptions & { kind?: Examination['kind'] } = {},
): Promise<Examination> {
  const dialler = createDialler();
  onTestFinished(() => dialler.close());
  const world = {
    dial: dialler.dial,
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await wait(ms, undefined, signal ? { signal } : {});
    },
  };
  const { trace, root } = openTrace(world, { userAgent: 'keybridge/0' });
  return examine(new URL(url), kind, root, trace, world, options);
}
