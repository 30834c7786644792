import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isWrittenHere, pidFile, removePid, writePid, writtenBroker } from '../../src/node/pid-file.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A process that runs until the test ends. */
async function other(program = 'setInterval(() => {}, 1000)') {
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return { child, pid: child.pid ?? 0 };
}

/** A folder in which this process has written itself down, and what it wrote beside its number. */
async function written() {
  const folder = await temporaryFolder();
  writePid(folder);
  const path = join(folder, 'broker.process');
  const [, mark = ''] = readFileSync(path, 'utf8').split('\n');
  const say = (pid: number, said: string) => {
    writeFileSync(pidFile(folder), `${pid}\n`);
    writeFileSync(path, `${pid}\n${said}\n`);
  };
  return { folder, mark, say };
}

test('A process that has written itself down is found, and takes away only what is its own', async () => {
  const { folder, say, mark } = await written();
  expect(readFileSync(pidFile(folder), 'utf8')).toBe(`${process.pid}\n`);
  expect(writtenBroker(folder)?.pid).toBe(process.pid);
  expect(isWrittenHere(folder)).toBe(true);
  const { pid } = await other();
  say(pid, mark);
  removePid(folder);
  expect(existsSync(pidFile(folder))).toBe(true);
  expect(isWrittenHere(folder)).toBe(false);
  say(process.pid, mark);
  removePid(folder);
  expect(existsSync(pidFile(folder))).toBe(false);
});

describe.skipIf(process.platform !== 'linux')('a number that is written down', () => {
  test('is that very process’s by when it began', async () => {
    const { folder, mark } = await written();
    expect(writtenBroker(folder)).toMatchObject({ pid: process.pid, certain: true });
    expect(mark).toMatch(/^[-0-9a-f]{36} pid:\[\d+\] \d+$/);
  });

  test('and was given to another process since is nobody’s', async () => {
    const { folder, mark, say } = await written();
    const { pid } = await other();
    say(pid, mark);
    expect(writtenBroker(folder)).toBeUndefined();
    say(pid, mark.replace(/\d+$/, '1'));
    expect(writtenBroker(folder)).toBeUndefined();
  });

  test('before the machine was started, or on another one, is nobody’s that can be found', async () => {
    const { folder, mark, say } = await written();
    const { pid } = await other();
    say(pid, mark.replace(/^[-0-9a-f]{36}/, '00000000-0000-4000-8000-000000000000'));
    expect(writtenBroker(folder)).toBeUndefined();
    // And on another machine that shares the folder one may live, whose place is not fought for.
    expect(isWrittenHere(folder)).toBe(true);
  });

  test('in another space of numbers, as a container has, is not known here', async () => {
    const { folder, mark, say } = await written();
    say(process.pid, mark.replace(/\[\d+\]/, '[1]'));
    expect(writtenBroker(folder)).toMatchObject({ certain: false });
  });

  test('of a process that has ended is nobody’s, also while its parent has not looked', async () => {
    const { folder } = await written();
    // A parent that never looks: its child stays a zombie.
    const parent = spawn('sh', ['-c', `"$0" -e '' & echo $!; exec sleep 60`, process.execPath], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(line).trim());
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'latin1');
    while (!/\) Z /.test(stat())) await new Promise(resolve => setTimeout(resolve, 20));
    writeFileSync(pidFile(folder), `${pid}\n`);
    expect(writtenBroker(folder)).toBeUndefined();
  });

  test('without when it began may be anybody’s', async () => {
    const { folder } = await written();
    const { pid } = await other();
    writeFileSync(pidFile(folder), `${pid}\n`);
    expect(writtenBroker(folder)).toMatchObject({ pid, certain: false });
  });
});

test('A file that is a link is not believed', async () => {
  const { folder } = await written();
  const elsewhere = await temporaryFolder();
  symlinkSync(pidFile(folder), join(elsewhere, 'broker.pid'));
  expect(writtenBroker(elsewhere)).toBeUndefined();
});
