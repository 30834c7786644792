import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { breakAbandoned, claim, isAbandoned, lock, removeIf, untilFree } from '../../src/node/lock.ts';
import { temporaryFolder } from '../support/temporary.ts';

const place = async () => join(await temporaryFolder(), 'a.lock');

/** The id of a process that has ended. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('a lock', () => {
  test('is there while it is held, and gone afterwards', async () => {
    const path = await place();
    const release = await lock(path);
    expect(Number.parseInt(readFileSync(path, 'utf8'), 10)).toBe(process.pid);
    release();
    expect(existsSync(path)).toBe(false);
    release();
  });

  test('is waited for', async () => {
    const path = await place();
    const release = await lock(path);
    let second = false;
    const waiting = lock(path).then(unlock => {
      second = true;
      return unlock;
    });
    await new Promise(resolve => setTimeout(resolve, 60));
    expect(second).toBe(false);
    const free = untilFree(path);
    release();
    (await waiting)();
    await free;
    expect(existsSync(path)).toBe(false);
  });

  test.each(['died', 'died long ago', 'empty', 'written in the future'])(
    'of a holder that is no more is taken over: %s',
    async how => {
      const path = await place();
      writeFileSync(
        path,
        how === 'empty' ? '' : String(how.startsWith('died') ? endedProcess() : process.pid),
      );
      const seconds = Date.now() / 1000;
      if (how === 'died long ago' || how === 'empty') utimesSync(path, seconds - 60, seconds - 60);
      if (how === 'written in the future') utimesSync(path, seconds + 3600, seconds + 3600);
      expect(isAbandoned(path)).toBe(true);
      const release = await lock(path);
      expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
      release();
      expect(readdirSync(join(path, '..'))).toEqual([]);
    },
  );

  test('that became somebody else’s is left to them', async () => {
    const path = await place();
    const release = await lock(path);
    writeFileSync(path, 'another');
    release();
    expect(readFileSync(path, 'utf8')).toBe('another');
    removeIf(path, 'another');
    expect(existsSync(path)).toBe(false);
  });

  test('of a process that lives is not broken', async () => {
    const path = await place();
    expect(claim(path, String(process.pid))).toBe(true);
    expect(claim(path, 'x')).toBe(false);
    breakAbandoned(path);
    expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
    expect(isAbandoned(join(path, '..', 'none'))).toBe(false);
  });

  test('is held by one at a time, however many find it abandoned', async () => {
    const path = await place();
    writeFileSync(path, String(endedProcess()));
    const log = `${path}.log`;
    writeFileSync(log, '');
    const module = fileURLToPath(new URL('../../src/node/lock.ts', import.meta.url));
    const code = `
      const { lock } = await import(${JSON.stringify(module)});
      const { appendFileSync } = await import('node:fs');
      for (let round = 0; round < 5; round++) {
        const release = await lock(${JSON.stringify(path)});
        appendFileSync(${JSON.stringify(log)}, 'in ');
        await new Promise(resolve => setTimeout(resolve, 2));
        appendFileSync(${JSON.stringify(log)}, 'out ');
        release();
      }`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    );
    await Promise.all(children.map(child => once(child, 'close')));
    expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(20));
  });
});
