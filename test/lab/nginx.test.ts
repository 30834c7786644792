import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { flat } from '../../src/checks/judge.ts';
import { findNginx, startNginx } from '../../src/lab/nginx.ts';
import { STAGED } from '../../src/lab/staged/all.ts';
import { nginxServer } from '../../src/lab/staged/locations.ts';
import { findings } from '../support/examination.ts';
import { freePort } from '../support/nginx.ts';
import { examinedThere, signedInThere, started } from '../support/staged-lab.ts';
import { describeWith } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BEHIND = STAGED.filter(({ isBehindProxy }) => isBehindProxy);
const LAB = new URL('../../src/lab/main.ts', import.meta.url).href;
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describeWith('nginx', 'behind a real nginx', () => {
  test.each(BEHIND)('row 1.8: the doctor says the same of $name behind the lab’s own proxy', async stage => {
    const look = stage.further?.flag === '--login' ? signedInThere : examinedThere;
    const [real, own] = await Promise.all(
      [true, false].map(async nginx => {
        const { url } = await started(stage.name, { nginx });
        const found = flat(findings(await look(url)));
        const said = found.map(({ code, severity, title, detail, remedy }) => ({
          code,
          severity,
          title,
          detail,
          remedy,
        }));
        return JSON.stringify(said, undefined, 1).replaceAll(new URL(url).host, 'HOST');
      }),
    );
    expect(real).toBe(own);
  });

  test('it is a child of the lab with a folder of its own, and both are gone with it', async () => {
    const port = await freePort();
    const nginx = await startNginx(findNginx() ?? '', nginxServer(port, 'http://127.0.0.1:1', []));
    expect(isRunning(nginx.pid)).toBe(true);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^keybridge-nginx-/)]);
    expect((await fetch(`http://127.0.0.1:${port}/`)).headers.get('server')).toBe('nginx');
    await nginx.close();
    expect(isRunning(nginx.pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  test('why it did not start is said in its own words, and nothing of it stays', async () => {
    await expect(startNginx(findNginx() ?? '', 'no_such_directive on;')).rejects.toMatchObject({
      code: 'net.failed',
      message: expect.stringContaining('unknown directive "no_such_directive"'),
      remedy: expect.stringContaining('--no-nginx'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a program that cannot be started, or wants other arguments, is said at once', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, '#!/bin/sh\necho \'nginx: invalid option: "e"\' >&2\nexit 1\n', { mode: 0o700 });
    await expect(startNginx(other, '')).rejects.toThrow('nginx did not start: invalid option: "e".');
    await expect(startNginx(join(folder, 'none'), '')).rejects.toThrow('it did not say why');
    expect(readdirSync(folder)).toEqual(['other']);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('it ends with the lab on %s', async signal => {
    const program = `import { runLab } from ${JSON.stringify(LAB)}; process.exitCode = await runLab(['subpath-three-ingresses', '--json']);`;
    const env = { PATH: process.env.PATH ?? '', TMPDIR: folder };
    const lab = spawn(process.execPath, ['--input-type=module', '-e', program], { env });
    const ended = once(lab, 'close');
    const [line] = await once(lab.stdout, 'data');
    const { serverUrl } = JSON.parse(String(line));
    const answer = await fetch(serverUrl, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('server')]).toEqual([401, 'nginx']);
    lab.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(folder)).toEqual([]);
    await expect(fetch(serverUrl)).rejects.toThrow();
  });

  test('a port that is taken is said before nginx is started', async () => {
    const { url } = await started('right');
    const port = Number(new URL(url).port);
    await expect(started('subpath-three-ingresses', { port })).rejects.toMatchObject({
      code: 'net.failed',
      message: `The lab cannot listen on port ${port} of 127.0.0.1.`,
    });
  });

  test.each([true, false])('nginx %s: it answers to its own name only, and to no page', async nginx => {
    const { url } = await started('subpath-three-ingresses', { nginx });
    const ask = (headers: Record<string, string>) => fetch(url, { method: 'POST', body: '{}', headers });
    expect((await ask({ origin: 'https://evil.example' })).status).toBe(421);
    expect((await ask({ origin: new URL(url).origin })).status).toBe(401);
  });
});

describe('where nginx is', () => {
  test.runIf(process.platform !== 'win32')('is where PATH says, if it may be run there', () => {
    const path = join(folder, 'nginx');
    vi.stubEnv('PATH', folder);
    writeFileSync(path, '#!/bin/sh\n');
    chmodSync(path, 0o600);
    expect(findNginx()).not.toBe(path);
    chmodSync(path, 0o700);
    expect(findNginx()).toBe(path);
  });

  test('is nowhere on Windows', () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
    expect(findNginx()).toBeUndefined();
    vi.restoreAllMocks();
  });
});
