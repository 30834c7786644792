import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { homeFolder, secureFolder, sharedSecret, socketPath } from '../../src/node/home.ts';
import { temporaryFolder } from '../support/temporary.ts';

const mode = (path: string) => statSync(path).mode & 0o777;
const isRoot = process.getuid?.() === 0;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the state folder', () => {
  test('is KEYBRIDGE_HOME, else .keybridge in the home folder', () => {
    expect(homeFolder({ KEYBRIDGE_HOME: '/a/b', HOME: '/home/ada' })).toBe('/a/b');
    expect(homeFolder({ KEYBRIDGE_HOME: '', HOME: '/home/ada' })).toBe('/home/ada/.keybridge');
    expect(homeFolder({ USERPROFILE: '/home/bob' })).toBe('/home/bob/.keybridge');
    expect(homeFolder({})).toBe(join(homedir(), '.keybridge'));
  });

  test('is the same for a relative KEYBRIDGE_HOME wherever it is used from later', () => {
    expect(homeFolder({ KEYBRIDGE_HOME: 'state/' })).toBe(join(process.cwd(), 'state'));
  });
});

describe('a folder', () => {
  test('is made with its parents, for the user alone, whatever the umask', async () => {
    const folder = join(await temporaryFolder(), 'a', 'b');
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    secureFolder(folder);
    expect([mode(folder), mode(dirname(folder))]).toEqual([0o700, 0o700]);
    secureFolder(folder);
  });

  test('that others can read is closed to them', async () => {
    const folder = await temporaryFolder();
    for (const open of [0o755, 0o750, 0o711]) {
      chmodSync(folder, open);
      secureFolder(folder);
      expect(mode(folder)).toBe(0o700);
    }
  });

  test('that others could write to is refused: what lies there may be theirs', async () => {
    const folder = await temporaryFolder();
    for (const open of [0o777, 0o770, 0o702, 0o1777]) {
      chmodSync(folder, open);
      expect(() => secureFolder(folder)).toThrow(
        expect.objectContaining({
          code: 'home.unsafe',
          message: `Other users can write to ${folder}.`,
          remedy: `Empty it and run: chmod 700 '${folder}'`,
        }),
      );
    }
  });

  test('of another user is refused', async () => {
    let folder = '/usr';
    if (isRoot) {
      folder = await temporaryFolder();
      chownSync(folder, 65_534, 65_534);
    }
    expect(() => secureFolder(folder)).toThrow(
      expect.objectContaining({ code: 'home.unsafe', message: `${folder} belongs to another user.` }),
    );
  });

  test('that is a link to another place is refused', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    expect(() => secureFolder(join(folder, 'link'))).toThrow(
      expect.objectContaining({
        code: 'home.unsafe',
        message: expect.stringContaining('is a link, not a folder of its own'),
      }),
    );
    expect(() => secureFolder(join(folder, 'dangling'))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(home\.unsafe|store\.unwritable)$/) }),
    );
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  test('that cannot be made says so', async () => {
    const file = join(await temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => secureFolder(file)).toThrow(
      expect.objectContaining({ code: 'home.unsafe', message: `${file} is not a folder.` }),
    );
    // Below /proc the system says that the place is not there, however often it is asked.
    for (const path of [join(file, 'a'), ...(existsSync('/proc/self') ? ['/proc/keybridge/state'] : [])]) {
      expect(() => secureFolder(path)).toThrow(
        expect.objectContaining({
          code: 'store.unwritable',
          message: expect.stringMatching(/cannot be made \(E[A-Z]+\)\.$/),
          remedy: 'Set KEYBRIDGE_HOME to a folder you can write.',
        }),
      );
    }
  });
});

describe('the shared secret', () => {
  test('is made once, of 256 bits, for the user alone', async () => {
    const folder = await temporaryFolder();
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const secret = sharedSecret(folder);
    expect(secret).toHaveLength(32);
    expect(sharedSecret(folder)).toEqual(secret);
    expect(readdirSync(folder)).toEqual(['secret']);
    expect(mode(join(folder, 'secret'))).toBe(0o600);
    expect(sharedSecret(await temporaryFolder())).not.toEqual(secret);
  });

  test('is the same for all that make it at once, and nothing else is left', async () => {
    const folder = await temporaryFolder();
    const home = fileURLToPath(new URL('../../src/node/home.ts', import.meta.url));
    const code = `
      const { sharedSecret } = await import(${JSON.stringify(home)});
      const { existsSync } = await import('node:fs');
      process.stdout.write('r');
      while (!existsSync(${JSON.stringify(join(folder, 'go'))}));
      process.stdout.write(sharedSecret(${JSON.stringify(folder)}).toString('hex'));`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const outputs = children.map(() => '');
    const ready = children.map(async (child, index) => {
      child.stdout.setEncoding('utf8').on('data', piece => {
        outputs[index] += piece;
      });
      await once(child.stdout, 'data');
    });
    await Promise.all(ready);
    writeFileSync(join(folder, 'go'), '');
    await Promise.all(children.map(child => once(child, 'close')));
    expect(new Set(outputs)).toEqual(new Set([`r${sharedSecret(folder).toString('hex')}`]));
    expect(readdirSync(folder).sort()).toEqual(['go', 'secret']);
  });

  test.each(['', 'hush', 'f'.repeat(63), 'F'.repeat(64), `${'f'.repeat(64)}\n${'f'.repeat(64)}`])(
    'that is damaged is left as it is, and said: "%s"',
    async text => {
      const folder = await temporaryFolder();
      const path = join(folder, 'secret');
      writeFileSync(path, text, { mode: 0o600 });
      expect(() => sharedSecret(folder)).toThrow(
        expect.objectContaining({ code: 'home.unsafe', message: `${path} is damaged.` }),
      );
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  test('that cannot be read or made is a fault that says so', async () => {
    const folder = await temporaryFolder();
    expect(() => sharedSecret(join(folder, 'missing'))).toThrow(
      expect.objectContaining({
        code: 'store.unwritable',
        remedy: expect.stringContaining('KEYBRIDGE_HOME'),
      }),
    );
  });
});

/** Windows has pipes, whose names are of another kind. */
const onUnix = process.platform === 'win32' ? () => {} : test;

describe('the socket', () => {
  /** A folder whose path to the socket has so many bytes. */
  async function folderFor(bytes: number, letter = 'x'): Promise<string> {
    const base = await temporaryFolder();
    const rest = bytes - Buffer.byteLength(join(base, '/', 'broker.sock')) - 1;
    const name = letter.repeat(Math.floor(rest / Buffer.byteLength(letter)));
    const folder = join(base, name + 'y'.repeat(rest - Buffer.byteLength(name)));
    mkdirSync(folder, { mode: 0o700 });
    expect(Buffer.byteLength(join(folder, 'broker.sock'))).toBe(bytes);
    return folder;
  }

  async function listens(path: string): Promise<void> {
    const server = createServer().listen(path);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }

  onUnix('lies in the folder while its path is short enough', async () => {
    const folder = await folderFor(102);
    const path = socketPath(folder, false);
    expect(path).toBe(join(folder, 'broker.sock'));
    expect(socketPath(folder, true)).toBe(path);
    expect(readdirSync(folder)).toEqual([]);
    await listens(path ?? '');
  });

  onUnix('lies in a short folder of the user alone when the path is too long, and is announced', async () => {
    for (const [bytes, letter] of [
      [103, 'x'],
      [180, 'ü'],
    ] as const) {
      const folder = await folderFor(bytes, letter);
      const runtime = await temporaryFolder();
      vi.stubEnv('XDG_RUNTIME_DIR', runtime);
      expect(socketPath(folder, true)).toBeUndefined();
      const path = socketPath(folder, false) ?? '';
      expect(path.startsWith(`${runtime}/keybridge-`)).toBe(true);
      expect(Buffer.byteLength(path)).toBeLessThan(103);
      expect(mode(dirname(path))).toBe(0o700);
      expect(mode(join(folder, 'broker.path'))).toBe(0o600);
      // Found also from an environment that knows another runtime folder.
      vi.stubEnv('XDG_RUNTIME_DIR', '/nowhere');
      expect(socketPath(folder, true)).toBe(path);
      await listens(path);
    }
  });

  onUnix('is another for another state folder', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', await temporaryFolder());
    const paths = [await folderFor(120), await folderFor(120)].map(each => socketPath(each, false));
    expect(new Set(paths).size).toBe(2);
  });

  onUnix('avoids a place that somebody else has prepared, and one that is too long itself', async () => {
    const folder = await folderFor(120);
    const [runtime, other] = [await temporaryFolder(), await temporaryFolder()];
    vi.stubEnv('XDG_RUNTIME_DIR', runtime);
    vi.stubEnv('TMPDIR', other);
    const prepared = dirname(socketPath(folder, false) ?? '');
    chmodSync(prepared, 0o777);
    expect(socketPath(folder, false)?.startsWith(`${other}/keybridge-`)).toBe(true);
    rmSync(prepared, { recursive: true });
    symlinkSync(other, prepared);
    expect(socketPath(folder, false)?.startsWith(`${other}/keybridge-`)).toBe(true);
    vi.stubEnv('XDG_RUNTIME_DIR', await folderFor(110));
    expect(socketPath(folder, false)?.startsWith(`${other}/keybridge-`)).toBe(true);
  });

  onUnix('that finds no place at all says so', async () => {
    const folder = await folderFor(120);
    vi.stubEnv('XDG_RUNTIME_DIR', '/dev/null');
    vi.stubEnv('TMPDIR', '/dev/null');
    const last = dirname(socketPath(folder, false) ?? '');
    onTestFinished(() => rmSync(last, { recursive: true, force: true }));
    expect(dirname(last)).toBe('/tmp');
    chmodSync(last, 0o777);
    expect(() => socketPath(folder, false)).toThrow(
      expect.objectContaining({ code: 'home.unsafe', remedy: 'Set KEYBRIDGE_HOME to a shorter path.' }),
    );
  });

  onUnix('that was announced with nothing is none', async () => {
    const folder = await folderFor(120);
    writeFileSync(join(folder, 'broker.path'), ' \n');
    expect(socketPath(folder, true)).toBeUndefined();
  });
});
