#!/usr/bin/env node
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import { follow } from './browser.ts';

/**
 * The lab's browser as a program: `browser-main.ts URL`. For KEYBRIDGE_BROWSER.
 *
 * - KEYBRIDGE_LAB_ACCOUNT: who signs in (`ada`).
 * - KEYBRIDGE_LAB_DECISION: `allow` or `deny`.
 * - KEYBRIDGE_LAB_TABS: a file that gets one line of JSON for each start.
 * - KEYBRIDGE_LAB_HOLD: a file; nothing is opened before it exists.
 */
const HOLD_LIMIT = 120_000;
const HOLD_STEP = 25;

async function main(): Promise<number> {
  const url = URL.parse(process.argv.at(-1) ?? '');
  if (url === null || process.argv.length < 3) {
    process.stderr.write('usage: browser-main.ts URL\n');
    return 2;
  }
  noteTab(url);
  if (!(await released())) {
    process.stderr.write('The lab’s browser was held for too long.\n');
    return 1;
  }
  try {
    const page = await follow(url, {
      account: process.env.KEYBRIDGE_LAB_ACCOUNT || 'ada',
      decision: process.env.KEYBRIDGE_LAB_DECISION === 'deny' ? 'deny' : 'allow',
    });
    process.stderr.write(`${page.status} ${page.url}\n`);
    return page.status < 400 ? 0 : 1;
  } catch (thrown) {
    process.stderr.write(`${Fault.of(thrown).sentence}\n`);
    return 1;
  }
}

/** Appended in one write, so that lines of browsers started at once do not mix. No secret is in it. */
function noteTab(url: URL): void {
  const file = process.env.KEYBRIDGE_LAB_TABS;
  if (!file) return;
  const state = url.searchParams.get('state');
  const line = {
    at: new Date().toISOString(),
    url: `${url.origin}${url.pathname}`,
    // Enough to see that two tabs carry the same state, and nothing to use it with.
    state: state === null ? null : createHash('sha256').update(state).digest('hex').slice(0, 16),
    pid: process.pid,
  };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

async function released(): Promise<boolean> {
  const file = process.env.KEYBRIDGE_LAB_HOLD;
  if (!file) return true;
  const end = Date.now() + HOLD_LIMIT;
  while (!existsSync(file)) {
    if (Date.now() > end) return false;
    await wait(HOLD_STEP);
  }
  return true;
}

process.exitCode = await main();
