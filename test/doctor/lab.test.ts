import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Examination } from '../../src/checks/examination.ts';
import { flat } from '../../src/checks/judge.ts';
import { examineActively } from '../../src/doctor/active.ts';
import { examine } from '../../src/doctor/examine.ts';
import { examineFlow } from '../../src/doctor/flow.ts';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { callbackListener } from '../../src/node/callback.ts';
import { createDialler } from '../../src/node/dial.ts';
import { openTrace } from '../../src/trace/record.ts';
import { findings } from '../support/examination.ts';
import { fakeWorld } from '../support/fake-world.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** All that the doctor can do, over real connections, at a lab; its browser consents to everything. */
async function everything(options: LabOptions): Promise<{ lab: Lab; examination: Examination }> {
  const lab = await startLab(options);
  ends.push(() => lab.close());
  const dialler = createDialler();
  ends.push(() => dialler.close());
  const { random } = fakeWorld();
  const world = {
    dial: dialler.dial,
    random,
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await sleep(ms, undefined, signal ? { signal } : {});
    },
    openBrowser: async (url: URL) => void follow(url).catch(() => {}),
    listenForCallback: callbackListener(),
  };
  const { trace, root } = openTrace(world);
  const passive = await examine(new URL(lab.serverUrl), 'server', root, trace, world);
  const active = await examineActively(passive, root, trace, world);
  return { lab, examination: await examineFlow(active, root, trace, world) };
}

const above = (examination: Examination) =>
  flat(findings(examination))
    .filter(({ severity }) => severity !== 'note')
    .map(({ code, title, detail }) => `${code} ${title} ${detail}`);

describe('nothing above a note is found in the lab, whatever the doctor does', () => {
  test.each<[string, LabOptions]>([
    ['with signed tokens', {}],
    ['with tokens that only their issuer can read', { accessTokens: 'opaque' }],
    ['with answers in JSON', { jsonAnswers: true }],
  ])('%s', async (_, options) => {
    const { lab, examination } = await everything(options);
    expect(examination.flow?.failure).toBeUndefined();
    expect(examination.flow?.token?.format).toBe(options.accessTokens ?? 'jwt');
    expect(above(examination)).toEqual([]);
    expect(examination.trials?.length).toBeGreaterThan(3);
    expect(examination.trials?.filter(({ deleted }) => !deleted)).toEqual([]);
    const text = JSON.stringify(examination);
    const secrets = lab.issuedSecrets();
    expect(secrets.length).toBeGreaterThan(3);
    expect(secrets.filter(each => text.includes(each))).toEqual([]);
  });
});
