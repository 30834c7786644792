import { createServer } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { shortage, systemError } from '../../src/base/system-error.ts';

/** As Node makes it. */
const errorOf = (code: string, more: object = { syscall: 'open', path: '/home/ada/file' }) =>
  Object.assign(new Error(`${code}: a system’s words, open '/home/ada/file'`), { code, errno: -1, ...more });
const codes = [...[...getSystemErrorMap().values()].map(([code]) => code), 'UNKNOWN', 'ENEWER'];

describe('what the system refuses', () => {
  test.each(codes)('is told in words of ours, with a way out and the code: %s', code => {
    const fault = Fault.of(errorOf(code));
    expect(fault.message).toMatch(/^\/home\/ada\/file cannot be opened: [a-z].*\([A-Z\d_]+\)\.$/);
    expect(fault.message).toContain(`(${code})`);
    expect(fault.message).not.toContain('a system’s words');
    expect(fault.remedy).toMatch(/^[A-Z].*\.$/);
    expect(fault.data).toEqual({ errno: code });
  });

  test('names what it was about: a path, an address and port, or nothing', () => {
    const listening = errorOf('EMFILE', { syscall: 'listen', address: '127.0.0.1', port: 24_250 });
    expect(Fault.of(listening).sentence).toBe(
      '127.0.0.1:24250 cannot be listened at: this process has as many files and connections open as it may (EMFILE). Close hosts and programs that are not needed, or raise the limit of open files (`ulimit -n`), then try again.',
    );
    const six = errorOf('EADDRINUSE', { syscall: 'listen', address: '::1', port: 80 });
    expect(Fault.of(six).message).toMatch(/^\[::1\]:80 cannot be listened at/);
    const program = errorOf('ENOENT', { syscall: 'spawn some-browser', path: 'some-browser' });
    expect(Fault.of(program).message).toBe('some-browser cannot be started: it is not there (ENOENT).');
    expect(Fault.of(errorOf('ENOSPC', { syscall: 'fsync' })).message).toBe(
      'Something Keybridge needs cannot be written: the disk is full (ENOSPC).',
    );
  });

  test('steers no terminal by a path’s name, and keeps the code it is to have', () => {
    const fault = Fault.of(
      errorOf('EACCES', { syscall: 'open', path: 'a\u001b[31m\u202eb\n' }),
      'home.unsafe',
    );
    expect(fault.code).toBe('home.unsafe');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(fault.message).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test('is so for a real one', async () => {
    const server = createServer();
    const error = await new Promise(resolve => {
      server.once('error', resolve);
      server.listen('/nowhere/at/all/socket');
    });
    expect(Fault.of(error)).toMatchObject({
      remedy: expect.any(String),
      data: { errno: expect.any(String) },
    });
    expect(Fault.of(error).message).toContain('cannot be listened at');
  });
});

test.each([
  ['an error of Node’s own', Object.assign(new TypeError('bad'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['an error with a code of somebody else’s', Object.assign(new Error('bad'), { code: 'EVIL' })],
  ['an ordinary error', new Error('bad')],
])('What is not the system’s keeps its words: %s', (_, error) => {
  expect(systemError(error)).toBeUndefined();
  expect(Fault.of(error).message).toBe('bad');
});

test.each([undefined, null, 'EMFILE', { code: 'EMFILE', errno: 1 }])(
  'nor is what is no error: %j',
  thrown => {
    expect(systemError(thrown)).toBeUndefined();
  },
);

test('What the machine lacks is told apart from what was asked for', () => {
  expect(shortage('EMFILE')?.remedy).toContain('ulimit -n');
  expect([
    shortage('ECONNREFUSED'),
    shortage('ENOENT'),
    shortage('constructor'),
    shortage(undefined),
  ]).toEqual([undefined, undefined, undefined, undefined]);
});
