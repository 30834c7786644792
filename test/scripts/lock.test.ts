import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../scripts/lock.mjs';

let folder: string;
let lock: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kb-lock-'));
  lock = join(folder, 'deep', 'run.lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const source = JSON.stringify(new URL('../../scripts/lock.mjs', import.meta.url).href);

/** A process of its own that runs `work` under the lock; `say` is there to print with. */
function holder(work: string): ChildProcess {
  const program = `
    import { withLock } from ${source};
    import { appendFileSync } from 'node:fs';
    const say = text => process.stdout.write(text + '\\n');
    await withLock(${JSON.stringify(lock)}, async () => { ${work} }, () => say('waiting'));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

const heard = async (child: ChildProcess) =>
  String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]);

test('eight processes that want the lock at once have it one after the other', async () => {
  const log = JSON.stringify(join(folder, 'log'));
  const work = `appendFileSync(${log}, '<'); await new Promise(r => setTimeout(r, 20)); appendFileSync(${log}, '>');`;
  const ends = Array.from({ length: 8 }, () => once(holder(work), 'exit'));
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual(Array(8).fill(0));
  expect(await readFile(join(folder, 'log'), 'utf8')).toBe('<>'.repeat(8));
  expect(existsSync(lock)).toBe(false);
});

test('a lock whose holder was killed is taken over by exactly one of several', async () => {
  const dead = holder(`say('held'); await new Promise(r => setTimeout(r, 60_000));`);
  expect(await heard(dead)).toBe('held\n');
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  expect(existsSync(lock)).toBe(true);

  const log = JSON.stringify(join(folder, 'log'));
  const work = `appendFileSync(${log}, '<'); await new Promise(r => setTimeout(r, 20)); appendFileSync(${log}, '>');`;
  await Promise.all(Array.from({ length: 4 }, () => once(holder(work), 'exit')));
  expect(await readFile(join(folder, 'log'), 'utf8')).toBe('<>'.repeat(4));
});

test('a living holder is waited for, and the wait is said once', async () => {
  const living = holder(`say('held'); await new Promise(r => process.once('SIGTERM', r));`);
  expect(await heard(living)).toBe('held\n');
  let said = 0;
  const mine = withLock(
    lock,
    async () => 'mine',
    () => {
      said += 1;
      living.kill('SIGTERM');
    },
  );
  expect(await mine).toBe('mine');
  expect(said).toBe(1);
});

test('a holder on another host is believed while its heartbeat is fresh, and not for ever', async () => {
  await withLock(lock, async () => undefined, expect.unreachable);
  writeFileSync(lock, JSON.stringify({ pid: 1, host: `not-${hostname()}`, token: 'x' }));
  let waited = false;
  const mine = withLock(
    lock,
    async () => 'mine',
    () => {
      waited = true;
      const long = new Date(Date.now() - 120_000);
      utimesSync(lock, long, long);
    },
  );
  expect(await mine).toBe('mine');
  expect(waited).toBe(true);
});

test('work that fails gives the lock back', async () => {
  const work = async () => Promise.reject(new Error('no'));
  await expect(withLock(lock, work, expect.unreachable)).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});
