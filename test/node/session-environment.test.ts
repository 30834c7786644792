import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownedBy, sessionEnvironment } from '../../src/node/session-environment.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BARE = { HOME: '/home/ada', PATH: '/usr/bin', USER: 'ada' };
const there =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);

describe('from a bare environment', () => {
  test('the session of a desktop is found again', () => {
    const exists = there(
      '/run/user/1000',
      '/run/user/1000/bus',
      '/run/user/1000/wayland-0',
      '/tmp/.X11-unix/X0',
      '/run/user/1000/gdm/Xauthority',
    );
    expect(sessionEnvironment(BARE, 1000, exists)).toEqual({
      XDG_RUNTIME_DIR: '/run/user/1000',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
      WAYLAND_DISPLAY: 'wayland-0',
      DISPLAY: ':0',
      XAUTHORITY: '/run/user/1000/gdm/Xauthority',
    });
  });

  test('nothing is invented where there is no session', () => {
    expect(sessionEnvironment(BARE, 1000, () => false)).toEqual({});
  });

  test('a session over SSH has a bus and no display', () => {
    expect(sessionEnvironment(BARE, 1000, there('/run/user/1000', '/run/user/1000/bus'))).toEqual({
      XDG_RUNTIME_DIR: '/run/user/1000',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
    });
  });

  test('displays with other numbers are found', () => {
    const exists = there('/run/user/7', '/run/user/7/wayland-1', '/tmp/.X11-unix/X2');
    expect(sessionEnvironment(BARE, 7, exists)).toMatchObject({
      WAYLAND_DISPLAY: 'wayland-1',
      DISPLAY: ':2',
    });
  });
});

test('what is set stays as it is', () => {
  const env = {
    XDG_RUNTIME_DIR: '/elsewhere',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/bus',
    WAYLAND_DISPLAY: 'wayland-5',
    DISPLAY: ':5',
  };
  expect(sessionEnvironment(env, 1000, () => true)).toEqual({});
});

test('a bus is looked for in the runtime folder that is set', () => {
  expect(sessionEnvironment({ XDG_RUNTIME_DIR: '/r' }, 1000, there('/r/bus'))).toEqual({
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/r/bus',
  });
});

test('an empty variable counts as unset', () => {
  expect(sessionEnvironment({ DISPLAY: '' }, 1000, there('/tmp/.X11-unix/X0'))).toEqual({ DISPLAY: ':0' });
});

test.skipIf(process.platform === 'win32')('only what is there and the user’s own is seen', async () => {
  const uid = process.getuid?.() ?? -1;
  const socket = join(await temporaryFolder(), 'bus');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  try {
    expect(ownedBy(uid)(socket)).toBe(true);
    expect(ownedBy(uid + 1)(socket)).toBe(uid === 0);
    expect(ownedBy(uid)(`${socket}-not`)).toBe(false);
  } finally {
    server.close();
  }
});

test('variables set this way reach native code and children', async () => {
  // libdbus reads with getenv; a child sees the same environment block.
  const module = new URL('../../src/node/session-environment.ts', import.meta.url).href;
  const runtime = await temporaryFolder();
  const server = createServer().listen(join(runtime, 'bus'));
  await once(server, 'listening');
  try {
    const script = `
      import { execFileSync } from 'node:child_process';
      import { joinSession } from ${JSON.stringify(module)};
      joinSession();
      console.log(execFileSync('/bin/sh', ['-c', 'echo $DBUS_SESSION_BUS_ADDRESS']).toString());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: process.env.PATH ?? '', HOME: runtime, XDG_RUNTIME_DIR: runtime },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
    });
    await once(child, 'close');
    expect(said.trim()).toBe(process.platform === 'linux' ? `unix:path=${runtime}/bus` : '');
  } finally {
    server.close();
  }
});
