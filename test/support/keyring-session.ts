import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './keybridge.ts';

const run = promisify(execFile);
const PASSWORD = 'a password for the test';

/**
 * A D-Bus session of its own with a real gnome-keyring, in a temporary home and runtime folder. The
 * machine's own session is never touched: nothing is inherited from the environment but PATH.
 */
export interface KeyringSession {
  home: string;
  /** HOME, PATH, XDG_RUNTIME_DIR: the bus is `$XDG_RUNTIME_DIR/bus`, as on a desktop. */
  env: Record<string, string>;
  /** Starts the keyring, or starts it anew, with its default collection unlocked. */
  unlock(): Promise<void>;
  /** Starts the keyring, or starts it anew, locked; without a default collection if never unlocked. */
  lock(): Promise<void>;
  /** The labels of what the default collection holds. */
  items(): Promise<string[]>;
  /** From now on whoever asks for a prompt waits. Ends all waiting prompts, as if dismissed, when called. */
  holdPrompts(): Promise<() => Promise<void>>;
  /** Makes the secret service one that is started but never answers. */
  hang(): Promise<void>;
  /** Ends every process of the session. */
  close(): Promise<void>;
}

export async function startKeyringSession(): Promise<KeyringSession> {
  const root = await mkdtemp(join(tmpdir(), 'kb-bus-'));
  const folder = async (name: string) => {
    await mkdir(join(root, name), { mode: 0o700 });
    return join(root, name);
  };
  const home = await folder('home');
  const runtime = await folder('run');
  const services = await folder('services');
  const pids = await folder('pids');
  const bus = join(runtime, 'bus');
  const env = { HOME: home, PATH: process.env.PATH ?? '', XDG_RUNTIME_DIR: runtime };
  const inside = { ...env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}` };
  await writeFile(join(root, 'bus.conf'), busConfiguration(bus, services));

  const children: ChildProcess[] = [];
  const start = (program: string, args: string[], input?: string) => {
    const child = spawn(program, args, { env: inside, stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(child);
    // One that ends at once does not read what it is given.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    return child;
  };
  const call = async (service: string, path: string, method: string, ...args: string[]) => {
    const options = ['--session', '--print-reply=literal', `--dest=${service}`];
    const { stdout } = await run('dbus-send', [...options, path, method, ...args], { env: inside });
    return stdout.trim();
  };
  const ask = (method: string, ...args: string[]) =>
    call('org.freedesktop.DBus', '/', `org.freedesktop.DBus.${method}`, ...args);
  const property = (path: string, type: string, name: string) => {
    const names = [`org.freedesktop.Secret.${type}`, name].map(each => `string:${each}`);
    return call('org.freedesktop.secrets', path, 'org.freedesktop.DBus.Properties.Get', ...names);
  };
  const startKeyring = async (args: string[], input?: string) => {
    const daemon = ['--replace', '--foreground', '--components=secrets', ...args];
    const child = start('gnome-keyring-daemon', daemon, input);
    child.stdout?.resume();
    await until('the secret service belongs to the keyring just started', async () => {
      const owner = await ask('GetConnectionUnixProcessID', 'string:org.freedesktop.secrets').catch(() => '');
      return owner === `uint32 ${child.pid}`;
    });
  };
  /** Has the bus start a program that never answers in place of a service. */
  const placeSilent = async (name: string) => {
    const pid = join(pids, name);
    const exec = `/bin/sh -c 'echo $$ > ${pid}; exec sleep 300'`;
    await writeFile(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=${exec}\n`);
    await ask('ReloadConfig');
  };
  const endSilent = async (name: string) => {
    const pid = Number(await readFile(join(pids, name), 'utf8').catch(() => '0'));
    try {
      if (pid > 0) process.kill(pid);
    } catch {
      // Gone already.
    }
    await rm(join(pids, name), { force: true });
  };

  const daemon = start('dbus-daemon', [
    '--nofork',
    '--nosyslog',
    '--print-address=1',
    `--config-file=${join(root, 'bus.conf')}`,
  ]);
  if (daemon.stdout) await once(daemon.stdout, 'data');

  return {
    home,
    env,
    unlock: () => startKeyring(['--unlock'], PASSWORD),
    lock: () => startKeyring([]),
    async items() {
      const found = await property('/org/freedesktop/secrets/aliases/default', 'Collection', 'Items');
      const paths = found.match(/\/org\/freedesktop\/secrets\/collection\/\S+/g) ?? [];
      const labels = paths.map(async path =>
        (await property(path, 'Item', 'Label')).replace(/^variant\s+/, ''),
      );
      return Promise.all(labels);
    },
    async holdPrompts() {
      const name = 'org.gnome.keyring.SystemPrompter';
      await placeSilent(name);
      return async () => {
        await rm(join(services, `${name}.service`), { force: true });
        await ask('ReloadConfig');
        await endSilent(name);
      };
    },
    hang: () => placeSilent('org.freedesktop.secrets'),
    async close() {
      await endSilent('org.gnome.keyring.SystemPrompter');
      await endSilent('org.freedesktop.secrets');
      await Promise.all(
        children.reverse().map(async child => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          child.kill();
          await gone;
        }),
      );
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A bus that starts nothing by itself but what lies in `services`: the state of things is the test's alone. */
function busConfiguration(bus: string, services: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${bus}</listen>
  <servicedir>${services}</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}
