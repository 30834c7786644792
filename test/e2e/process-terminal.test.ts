import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { isRunning } from '../support/processes.ts';

/* The commands as somebody types them who has never seen Keybridge. */

let installation: Installation;

beforeEach(() => {
  installation = install();
});

afterEach(() => installation.close());

describe('the command line', () => {
  it('helps in every usual spelling', async () => {
    for (const word of ['help', '-h', '--help']) {
      const { code, stdout } = await installation.run([word]);
      expect([word, code, stdout.split('\n')[0]]).toEqual([word, 0, expect.stringMatching(/^Keybridge /)]);
    }
    const versions = [await installation.run(['--version']), await installation.run(['-v'])];
    for (const version of versions) expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('says what a wrong word is, without repeating it', async () => {
    const unknown = await installation.run(['stauts']);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/neither a command nor the URL.*--help/);
    expect(unknown.stderr).not.toContain('stauts');
    expect((await installation.run(['trace', '--har'])).stderr).toBe(
      'keybridge: --har wants the name of a file.\n',
    );
  });

  it('believes nothing in a folder others can write to, whatever is asked', async () => {
    chmodSync(installation.home, 0o777);
    for (const word of ['status', 'stop', 'trace']) {
      const { code, stderr } = await installation.run([word]);
      expect([word, code, stderr]).toEqual([word, 1, expect.stringContaining('Other users can write')]);
    }
    chmodSync(installation.home, 0o700);
  });
});

describe('a reader that has had enough', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.close());

  it('ends `trace --follow` without a word', async () => {
    await installation.run(['login', lab.serverUrl]);
    const follower = installation.start(['trace', '--follow']);
    let stderr = '';
    follower.stderr?.on('data', chunk => {
      stderr += chunk;
    });
    await new Promise(resolve => follower.stdout?.once('data', resolve));
    follower.stdout?.destroy();
    await until('it has ended', async () => {
      await installation.run(['login', lab.serverUrl]);
      return follower.exitCode !== null;
    });
    expect([follower.exitCode, stderr]).toEqual([0, '']);
  });
});

describe('`stop`', () => {
  it('says that Keybridge is stopped once it is: nothing writes to the state folder any more', async () => {
    const lab = await startLab();
    try {
      await installation.run(['login', lab.serverUrl]);
      const { pid } = await installation.status();
      // It has a session to take leave of, and that takes its time.
      const host = installation.start([lab.serverUrl]);
      host.stdin?.write(
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}\n',
      );
      await new Promise(resolve => host.stdout?.once('data', resolve));
      expect((await installation.run(['stop'])).stdout).toBe('Keybridge is stopped.\n');
      expect(existsSync(join(installation.home, 'broker.lock'))).toBe(false);
      // What is left of it then is the end itself.
      await until('its process has ended', () => !isRunning(pid), 1_000);
      expect(lab.mcp.counters.sessionsOpen).toBe(0);
    } finally {
      await lab.close();
    }
  });
});
