import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import type { PersonDoes } from '../support/fake-electron.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { temporaryFolder } from '../support/temporary.ts';

/* The built desktop app with a stand-in for Electron: everything else of it is what runs in Electron. */

const HOOK = new URL('../support/fake-electron-hook.ts', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../../dist/desktop.js', import.meta.url));

let installation: Installation;
beforeEach(() => {
  installation = install();
});
afterEach(() => installation.close());

function desktop(argv: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', HOOK, PROGRAM, ...argv], {
    env: { ...installation.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', text => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
  });
  const said = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as [event: string, data: unknown]);
  const all = (event: string) => said().flatMap(([name, data]) => (name === event ? [data] : []));
  return {
    pid: child.pid,
    all,
    errors: () => errors,
    /** What it says of an event, the given time it does. */
    says: async (event: string, time = 1) => {
      await until(`it says ${event}`, () => all(event).length >= time).catch(error => {
        throw new Error(`${error.message}\nsaid: ${output}\n${errors}`);
      });
      return all(event)[time - 1];
    },
    person: (command: PersonDoes) => child.stdin.write(`${JSON.stringify(command)}\n`),
    ended: async () => {
      if (child.exitCode === null) await once(child, 'close');
      return child.exitCode;
    },
  };
}

describe('the desktop app, with a stand-in for Electron', () => {
  test('is the broker, shows its locked window, and answers what its page asks', async () => {
    const app = desktop();
    expect(await app.says('load')).toBe('keybridge://window/');
    const { preload, sandbox } = (await app.says('window')) as { preload: string; sandbox: boolean };
    expect([existsSync(preload), sandbox]).toEqual([true, true]);
    for (const event of ['scheme', 'sandbox', 'permissions', 'tray']) await app.says(event);
    app.person({ do: 'status' });
    expect(await app.says('status')).toEqual({ pid: app.pid, vault: 'memory' });
    expect((await installation.status()).pid).toBe(app.pid);
    app.person({ do: 'ask', url: 'keybridge://window/' });
    expect(await app.says('answer')).toEqual([200, 'text/html; charset=utf-8']);
    app.person({ do: 'ask', url: 'keybridge://window/%2e%2e/desktop.js' });
    expect(await app.says('answer', 2)).toEqual([404, null]);
    expect(app.errors()).toBe('');
  });

  test('started by a bridge shows nothing until somebody opens it, and outlives its window', async () => {
    const app = desktop(['--background']);
    await until('it serves', async () => (await installation.status()).pid === app.pid);
    expect(app.all('window')).toEqual([]);
    app.person({ do: 'open', argv: ['keybridge'] });
    await app.says('load');
    app.person({ do: 'close' });
    await app.says('closed');
    expect((await installation.status()).pid).toBe(app.pid);
    app.person({ do: 'open', argv: ['keybridge'] });
    await app.says('load', 2);
    const { width } = JSON.parse(readFileSync(join(installation.home, 'desktop-window.json'), 'utf8'));
    expect(width).toBe(1000);
  });

  test('gives each document of its page a port of its own', async () => {
    const app = desktop();
    await app.says('load');
    app.person({ do: 'status' });
    await app.says('status');
    app.person({ do: 'status' });
    await app.says('status', 2);
    await app.says('port closed');
    expect(app.all('port closed')).toHaveLength(1);
  });

  test('says beside the clock that a sign-in waits, until it is over', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const hold = join(await temporaryFolder(), 'go');
    const away = installation.browserOf({ KEYBRIDGE_LAB_HOLD: hold });
    const app = desktop(['--background']);
    await until('it serves', async () => (await installation.status()).pid === app.pid);
    const login = installation.start(['login', lab.serverUrl], { KEYBRIDGE_BROWSER: away });
    onTestFinished(() => void login.kill('SIGKILL'));
    const last = () => (app.all('tray').at(-1) as string[])[1];
    await until('it is said', () => last() === '1 sign-in waiting');
    writeFileSync(hold, '');
    await until('it is over', () => last() === 'No sign-in is waiting');
  });

  test('installed, writes down where it is for bridges, and quits in good order', async () => {
    const app = desktop([], { FAKE_PACKAGED: '1' });
    await until('it serves', async () => (await installation.status()).pid === app.pid);
    expect(JSON.parse(readFileSync(join(installation.home, 'desktop.json'), 'utf8')).path).toBe(
      process.execPath,
    );
    app.person({ do: 'quit' });
    expect(await app.ended()).toBe(0);
    expect(app.all('exit')).toEqual([0]);
  });

  test('ends at once where it runs already', async () => {
    const app = desktop([], { FAKE_SECOND: '1' });
    expect(await app.ended()).toBe(0);
    expect(app.all('load')).toEqual([]);
    expect(existsSync(join(installation.home, 'broker.sock'))).toBe(false);
  });

  test('says what keeps it from starting, to a person and to a bridge', async () => {
    const env = { KEYBRIDGE_HOME: '/dev/null/nowhere' };
    const app = desktop([], env);
    expect(await app.ended()).toBe(1);
    expect(app.all('complaint')).toHaveLength(1);
    const started = desktop(['--background'], env);
    expect(await started.ended()).toBe(1);
    expect(started.all('complaint')).toEqual([]);
    expect(started.errors()).toContain('/dev/null/nowhere');
  });
});
