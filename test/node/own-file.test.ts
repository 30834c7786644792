import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Facts } from '../../src/broker/facts.ts';
import { connectBroker } from '../../src/node/connect.ts';
import { folderFiles } from '../../src/node/files.ts';
import { sharedSecret } from '../../src/node/home.ts';
import { lock } from '../../src/node/lock.ts';
import { openOwn, readOwn } from '../../src/node/own-file.ts';
import { logTrace } from '../../src/node/trace-log.ts';
import { fileVault } from '../../src/node/vault-file.ts';
import { Trace } from '../../src/trace/trace.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Windows has neither modes nor pipes in folders. */
const onUnix = process.platform === 'win32' ? describe.skip : describe;
const asRoot = process.getuid?.() === 0 ? test : test.skip;

/** What somebody may put where a file of ours belongs. */
const STRANGE = {
  'a link to a file of the user': (path: string) => {
    writeFileSync(`${path}.real`, 'f'.repeat(64), { mode: 0o600 });
    symlinkSync(`${path}.real`, path);
  },
  'a link to nowhere': (path: string) => symlinkSync('/nowhere/at/all', path),
  'a link to a device': (path: string) => symlinkSync('/dev/zero', path),
  'a pipe nobody serves': (path: string) => void spawnSync('mkfifo', [path]),
  'a folder': (path: string) => mkdirSync(path),
};
type Strange = keyof typeof STRANGE;
const KINDS = Object.keys(STRANGE) as Strange[];

async function folderWith(name: string, kind: Strange): Promise<string> {
  const folder = await temporaryFolder();
  STRANGE[kind](join(folder, name));
  return folder;
}

const unsafe = (name: string) => ({
  code: 'home.unsafe',
  message: expect.stringContaining(`${name} is not a file of yours`),
  remedy: expect.any(String),
});

onUnix.each(KINDS)('where a file belongs and %s is', kind => {
  test('the secret is refused', async () => {
    const folder = await folderWith('secret', kind);
    expect(() => sharedSecret(folder)).toThrow(expect.objectContaining(unsafe('secret')));
  });

  test('the kept sign-ins are refused, and not taken for none', async () => {
    const files = folderFiles(await folderWith('grants.sealed', kind));
    await expect(files.read('grants.sealed')).rejects.toMatchObject(unsafe('grants.sealed'));
  });

  test('the key of the kept sign-ins is refused', async () => {
    const vault = fileVault(await folderWith('key', kind));
    await expect(vault.get('key')).rejects.toMatchObject(unsafe('key'));
  });

  test('the facts are forgotten, and go on', async () => {
    const folder = await folderWith('facts.json', kind);
    expect(await new Facts({ files: folderFiles(folder) }).callbackPort()).toBeUndefined();
  });

  test('the lock is refused, and not waited for', async () => {
    const folder = await folderWith('broker.lock', kind);
    await expect(lock(join(folder, 'broker.lock'))).rejects.toMatchObject(unsafe('broker.lock'));
  });

  test('the note of the process is passed over', async () => {
    const folder = await folderWith('broker.pid', kind);
    expect(await connectBroker(folder, { kind: 'api' })).toBeUndefined();
  });

  test('the log and the trace are not written', async () => {
    const folder = await folderWith('trace.jsonl', kind);
    expect(() => openOwn(join(folder, 'trace.jsonl'), constants.O_TRUNC)).toThrow(
      expect.objectContaining(unsafe('trace.jsonl')),
    );
    const trace = new Trace();
    const stop = logTrace(trace, folder);
    trace.append({ kind: 'note', at: 0, span: 's', text: 'x' });
    stop();
    if (kind === 'a link to a file of the user') {
      expect(readFileSync(join(folder, 'trace.jsonl.real'), 'utf8')).toBe('f'.repeat(64));
    }
  });
});

onUnix('a file that', () => {
  test('others can write is refused, and a secret one also when they can read it', async () => {
    const path = join(await temporaryFolder(), 'file');
    writeFileSync(path, 'content', { mode: 0o600 });
    const modes = [0o600, 0o400, 0o640, 0o644, 0o660, 0o602];
    const readable = modes.map(mode => {
      chmodSync(path, mode);
      return [false, true].map(secret => {
        try {
          return readOwn(path, { secret })?.toString();
        } catch (error) {
          return (error as { code?: string }).code;
        }
      });
    });
    expect(readable).toEqual([
      ['content', 'content'],
      ['content', 'content'],
      ['content', 'home.unsafe'],
      ['content', 'home.unsafe'],
      ['home.unsafe', 'home.unsafe'],
      ['home.unsafe', 'home.unsafe'],
    ]);
  });

  test('is larger than anything kept there is not read', async () => {
    const path = join(await temporaryFolder(), 'file');
    writeFileSync(path, '', { mode: 0o600 });
    truncateSync(path, 10 * 1024 ** 3);
    expect(() => readOwn(path)).toThrow(
      expect.objectContaining({ code: 'store.damaged', remedy: expect.any(String) }),
    );
  });

  asRoot('belongs to another user is refused', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'secret');
    writeFileSync(path, 'f'.repeat(64), { mode: 0o600 });
    spawnSync('chown', ['65534', path]);
    expect(() => sharedSecret(folder)).toThrow(expect.objectContaining(unsafe('secret')));
  });

  test('is not there is undefined', async () => {
    expect(readOwn(join(await temporaryFolder(), 'file'))).toBeUndefined();
  });
});
