import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { run } from './process.mjs';

/** Milliseconds for a sign that there is a network, and for bringing Electron's program over it. */
const NETWORK_LIMIT = 2_000;
const DOWNLOAD_LIMIT = 18_000;
/** Milliseconds after which an app that ends has been open, and is not opened in another way. */
const OPENED = 10_000;

/**
 * @typedef {object} Desktop
 * @property {string} root
 * @property {string} node
 * @property {NodeJS.ProcessEnv} env
 * @property {(line: string) => void} say
 * @property {NodeJS.Platform} [platform]
 * @property {number} [user]
 * @property {() => Promise<boolean>} [isOnline]
 */

/**
 * Opens the window: in Electron where its program is, or can be had soon; else says why not in one line, and
 * opens the same window in the browser.
 * @param {Desktop} desktop
 * @returns {Promise<number>} the exit code
 */
export async function openDesktop(desktop) {
  const { root, node, env, say } = desktop;
  let reason = hindrance(desktop);
  if (reason === undefined) {
    const program = electronProgram(root, env) ?? (await bringElectron(desktop));
    if (program === undefined) reason = "Electron's program is not here and cannot be had now";
    else {
      const begun = performance.now();
      const { code } = await run(program, [root], { cwd: root, env });
      if (code === 0 || performance.now() - begun > OPENED) return code;
      reason = `Electron does not run here (exit code ${code})`;
    }
  }
  say(`${reason}; the window opens in the browser instead.`);
  const { code } = await run(node, [join(root, 'bin', 'keybridge.js'), 'open'], { cwd: root, env });
  return code;
}

/**
 * Why Electron could not run even if it were here.
 * @param {Desktop} desktop
 */
function hindrance({ env, platform = process.platform, user = process.getuid?.() }) {
  if (platform !== 'linux') return undefined;
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'There is no display here';
  // Its sandbox cannot be had then, and without one it is not started.
  return user === 0 ? 'Electron does not run as root' : undefined;
}

/**
 * Where Electron's program is, as its own package looks for it.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
function electronProgram(root, env) {
  const folder = join(root, 'node_modules', 'electron');
  const note = join(folder, 'path.txt');
  if (!existsSync(note)) return undefined;
  const program = join(env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), readFileSync(note, 'utf8'));
  return existsSync(program) ? program : undefined;
}

/**
 * Has Electron's package fetch its program, quietly; whoever waits is not kept for long.
 * @param {Desktop} desktop
 */
async function bringElectron({ root, node, env, say, isOnline = canReach }) {
  const install = join(root, 'node_modules', 'electron', 'install.js');
  if (!existsSync(install) || !(await isOnline())) return undefined;
  say("Fetching Electron's program, once …");
  await run(node, [install], { cwd: root, env, quiet: true, timeout: DOWNLOAD_LIMIT });
  return electronProgram(root, env);
}

/** Whether the place can be reached that Electron is fetched from. */
function canReach() {
  return new Promise(resolve => {
    const socket = connect({ host: 'github.com', port: 443 });
    const end = (/** @type {boolean} */ answer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(false), NETWORK_LIMIT);
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
}
