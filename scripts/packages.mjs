import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Plain, run } from './process.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */
/** @typedef {{ packages: Record<string, LockedPackage> }} Lock */

/**
 * Makes node_modules what package-lock.json says. Nothing is done when it already is.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function ensurePackages(root, say) {
  if (!existsSync(join(root, 'package-lock.json'))) throw new Plain('package-lock.json is missing.');
  if (isInstalled(root)) return;
  say('Installing what npm brings (npm ci) …');
  const restore = keepNode(root);
  try {
    // No package needs its install script: Node itself, the only one that has one, is fetched in node.mjs, where
    // a failure can be retried. Versions of Node older than the packages ask for only run npm here.
    const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-engine-strict'];
    let result = await npm(root, args, restore.node);
    if (result.code !== 0) {
      say('npm ci failed; once more …');
      result = await npm(root, args, restore.node);
    }
    if (result.code !== 0) throw new Plain(`npm ci failed (exit code ${result.code}):\n${result.output}`);
  } finally {
    restore.done();
  }
}

/**
 * Whether every locked package is there in the locked version, by npm's own record of what it installed.
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const wanted = readLock(join(root, 'package-lock.json'));
  const present = readLock(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  const direct = wanted.packages[''] ?? {};
  const asked = Object.keys(
    /** @type {{ optionalDependencies?: object }} */ (direct).optionalDependencies ?? {},
  );
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '') return true;
    const found = present.packages[path];
    // Packages for other systems stay away, and so does what only they need; what we ask for by name may not.
    if (found === undefined)
      return entry.optional === true && !asked.some(name => path === `node_modules/${name}`);
    return (
      found.version === entry.version &&
      found.integrity === entry.integrity &&
      existsSync(join(root, path, 'package.json'))
    );
  });
}

/**
 * @param {string} path
 * @returns {Lock | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Runs npm quietly: the npm that started us, else the one on PATH.
 * @param {string} cwd
 * @param {readonly string[]} args
 * @param {string} [node] the Node to run it with
 */
export function npm(cwd, args, node = process.execPath) {
  const cli = process.env.npm_execpath ?? '';
  const common = ['--no-audit', '--no-fund', '--loglevel=error', '--no-progress'];
  const options = { cwd, quiet: true };
  if (/npm-cli\.[cm]?js$/.test(cli) && existsSync(cli)) return run(node, [cli, ...args, ...common], options);
  // npm.cmd is a batch file, which Windows starts only through a shell; no argument of ours needs quoting.
  return run('npm', [...args, ...common], { ...options, shell: process.platform === 'win32' });
}

/**
 * The Node inside node_modules, set aside while npm ci empties that folder: it may be the very program we run on,
 * which Windows does not let anybody delete, and it need not be downloaded again.
 * @param {string} root
 */
function keepNode(root) {
  const home = nodeBinary(root);
  const aside = join(root, 'results', `aside-${basename(home)}`);
  if (existsSync(home)) {
    mkdirSync(dirname(aside), { recursive: true });
    renameSync(home, aside);
  }
  return {
    node: process.execPath === home ? aside : process.execPath,
    done: () => {
      if (!existsSync(aside)) return;
      mkdirSync(dirname(home), { recursive: true });
      renameSync(aside, home);
    },
  };
}

/**
 * Where the package `node` has its program.
 * @param {string} root
 */
export function nodeBinary(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
