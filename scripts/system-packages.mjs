import { existsSync } from 'node:fs';
import { run, which } from './process.mjs';

/**
 * Programs of the system that some suites need. A suite that asks for a row and finds a program of it missing is
 * skipped by name, with the command that brings it.
 * @typedef {object} SystemPackage
 * @property {readonly (readonly string[])[]} programs one of each list must be there
 * @property {readonly string[]} debian packages of Debian and Ubuntu that bring them
 */

/** @satisfies {Record<string, SystemPackage>} */
const systemPackages = {
  'gnome-keyring': {
    programs: [['gnome-keyring-daemon'], ['dbus-daemon'], ['dbus-send']],
    debian: ['gnome-keyring', 'dbus', 'dbus-bin', 'dbus-daemon'],
  },
  chromium: {
    programs: [['chromium', 'chromium-browser', 'google-chrome']],
    debian: ['chromium', 'fonts-noto-core', 'fonts-noto-cjk'],
  },
  nginx: { programs: [['nginx']], debian: ['nginx-light'] },
};

/** @typedef {keyof typeof systemPackages} SystemPackageName */

/**
 * Where a row's programs are: of each list the first that is there.
 * @param {SystemPackageName} name
 * @returns {(string | undefined)[]}
 */
export function locate(name) {
  return systemPackages[name].programs.map(anyOf => anyOf.map(which).find(path => path !== undefined));
}

/**
 * The command that brings a row.
 * @param {SystemPackageName} name
 * @returns {string}
 */
export function installCommand(name) {
  return `apt-get install -y --no-install-recommends ${systemPackages[name].debian.join(' ')}`;
}

/**
 * Installs whatever is missing, where that is ours to do: CI=1, root, Debian. Elsewhere nothing happens, and the
 * suites say what they miss.
 * @param {(line: string) => void} say
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function ensureSystemPackages(say) {
  const names = /** @type {SystemPackageName[]} */ (Object.keys(systemPackages));
  const missing = names.filter(name => locate(name).includes(undefined));
  const isOurs = process.env.CI === '1' && process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (missing.length === 0 || !isOurs) return { code: 0, output: '' };
  const apt = missing.flatMap(name => systemPackages[name].debian);
  say(`Installing ${apt.join(', ')} (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const install = ['install', '-y', '-q', '--no-install-recommends', ...apt];
  let last = { code: 0, output: '' };
  for (let attempt = 1; attempt <= 3; attempt++) {
    // A failed update need not matter: the lists at hand may still be good enough for the install.
    const update = await run('apt-get', [...wait, 'update', '-q'], { env, quiet: true });
    last = await run('apt-get', [...wait, ...install], { env, quiet: true });
    if (last.code === 0) return last;
    last.output = update.output + last.output;
    if (attempt < 3) say('apt-get failed; once more …');
  }
  return last;
}
