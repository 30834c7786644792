import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderFiles } from '../../src/node/files.ts';
import { temporaryFolder } from '../support/temporary.ts';

const text = (value: string) => new TextEncoder().encode(value);
const root = process.getuid?.() === 0;

test('a file that is not there is undefined, and one that is comes back whole', async () => {
  const files = folderFiles(join(await temporaryFolder(), 'state'));
  expect(await files.read('grants')).toBeUndefined();
  await files.replace('grants', text('one'));
  await files.replace('grants', text('two'));
  expect(await files.read('grants')).toEqual(text('two'));
});

test('folder and files are the user’s alone, whatever the umask', async () => {
  const umask = process.umask(0);
  try {
    const folder = join(await temporaryFolder(), 'state');
    await folderFiles(folder).replace('grants', text('one'));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'grants'))).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(umask);
  }
});

test('a folder that others could read is closed to them', async () => {
  const folder = join(await temporaryFolder(), 'state');
  await mkdir(folder, { mode: 0o755 });
  await folderFiles(folder).read('grants');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a folder that others could write is refused', async () => {
  const folder = join(await temporaryFolder(), 'state');
  await mkdir(folder);
  await chmod(folder, 0o777);
  await expect(folderFiles(folder).read('grants')).rejects.toMatchObject({ code: 'home.unsafe' });
  await expect(folderFiles(folder).replace('grants', text('one'))).rejects.toMatchObject({
    code: 'home.unsafe',
  });
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(!root)('a folder of another user is refused (needs root to make one)', async () => {
  const folder = join(await temporaryFolder(), 'state');
  await mkdir(folder, { mode: 0o700 });
  await chown(folder, 4321, 4321);
  await expect(folderFiles(folder).read('grants')).rejects.toMatchObject({ code: 'home.unsafe' });
});

test('a symbolic link of the user’s is followed, and what it leads to is checked', async () => {
  const parent = await temporaryFolder();
  await mkdir(join(parent, 'real'), { mode: 0o700 });
  await symlink(join(parent, 'real'), join(parent, 'state'));
  const files = folderFiles(join(parent, 'state'));
  await files.replace('grants', text('one'));
  expect(await readFile(join(parent, 'real', 'grants'), 'utf8')).toBe('one');
  await chmod(join(parent, 'real'), 0o777);
  await expect(files.read('grants')).rejects.toMatchObject({ code: 'home.unsafe' });
});

test.each(['', '.', '..', '../out', 'a/b', 'a\\b', '.hidden', 'a\0', 'a'.repeat(129)])(
  'the name %j is refused',
  async name => {
    const files = folderFiles(await temporaryFolder());
    await expect(files.read(name)).rejects.toMatchObject({ code: 'internal' });
    await expect(files.replace(name, text('one'))).rejects.toMatchObject({ code: 'internal' });
  },
);

test('of many writes at once the last one asked for stays, and nothing is left beside it', async () => {
  const folder = await temporaryFolder();
  const files = folderFiles(folder);
  const writes = Array.from({ length: 20 }, (_, index) => files.replace('grants', text(`write ${index}`)));
  await Promise.all(writes);
  expect(await files.read('grants')).toEqual(text('write 19'));
  expect(await readdir(folder)).toEqual(['grants']);
});

test('bytes changed after the call are not what is written', async () => {
  const files = folderFiles(await temporaryFolder());
  const bytes = text('one');
  const write = files.replace('grants', bytes);
  bytes.fill(0);
  await write;
  expect(await files.read('grants')).toEqual(text('one'));
});

test('a write that the system refuses says so with a remedy, leaves nothing behind and blocks no later one', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'grants'));
  await writeFile(join(folder, 'grants', 'inside'), '');
  const files = folderFiles(folder);
  await expect(files.replace('grants', text('one'))).rejects.toMatchObject({
    code: 'store.unwritable',
    remedy: expect.any(String),
  });
  await expect(files.read('grants')).rejects.toMatchObject({ code: 'home.unsafe' });
  expect(await readdir(folder)).toEqual(['grants']);
  await files.replace('other', text('two'));
  expect(await files.read('other')).toEqual(text('two'));
});

test.skipIf(process.platform !== 'linux')(
  'a write that ends half way is named, and the old content stays',
  async () => {
    // A limit on the size of files stands in for a full disk: the system refuses in the same place.
    const folder = await temporaryFolder();
    const script = `
    import { folderFiles } from ${JSON.stringify(new URL('../../src/node/files.ts', import.meta.url).href)};
    process.on('SIGXFSZ', () => {});
    const files = folderFiles(${JSON.stringify(folder)});
    await files.replace('grants', new TextEncoder().encode('old'));
    const fault = await files.replace('grants', new Uint8Array(64_000)).catch(error => error);
    console.log(JSON.stringify({ code: fault.code, errno: fault.data?.errno }));`;
    const child = spawn(
      '/bin/sh',
      ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$1"', process.execPath, script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
    });
    await once(child, 'close');
    expect(JSON.parse(said)).toEqual({ code: 'store.unwritable', errno: 'EFBIG' });
    expect(await readFile(join(folder, 'grants'), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['grants']);
  },
);

test('a process killed while it writes leaves the old content or the new, whole', async () => {
  const folder = await temporaryFolder();
  const script = `
    import { folderFiles } from ${JSON.stringify(new URL('../../src/node/files.ts', import.meta.url).href)};
    const files = folderFiles(${JSON.stringify(folder)});
    for (let turn = 0; ; turn++) {
      await files.replace('grants', new Uint8Array(200_000).fill(turn % 251));
      if (turn === 2) console.log('writing');
    }`;
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    for (let wait = 0; wait < kill * 7; wait++) await new Promise(resolve => setImmediate(resolve));
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    const left = await folderFiles(folder).read('grants');
    expect(left?.length).toBe(200_000);
    expect(new Set(left).size).toBe(1);
  }
});

test('what a process that died left half written is removed, once it is old', async () => {
  const folder = await temporaryFolder();
  const old = join(folder, '.grants.0123456789ab.tmp');
  const young = join(folder, '.grants.ba9876543210.tmp');
  await writeFile(old, 'half');
  await writeFile(young, 'half');
  await utimes(old, new Date(0), new Date(0));
  await folderFiles(folder).replace('grants', text('one'));
  expect((await readdir(folder)).sort()).toEqual(['.grants.ba9876543210.tmp', 'grants']);
});
