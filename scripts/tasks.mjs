import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { ensureNode } from './node.mjs';
import { ensurePackages } from './packages.mjs';
import { duration, Plain, run, withPath } from './process.mjs';
import { openDesktop } from './start.mjs';
import { ensureSystemPackages } from './system-packages.mjs';
import { judgeTests } from './test-report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, 'results');
const say = (/** @type {string} */ line) => console.error(line);

/**
 * What a task is made of: its steps run in this order, and the first that fails ends it.
 * @typedef {(run: Runner, args: readonly string[]) => Promise<number>} Step
 * @type {Record<string, readonly Step[]>}
 */
const tasks = {
  build: [build('show')],
  check: [types, style, unused, house],
  // The house test is one of the tests here.
  test: [systemPackages, build(), types, style, unused, tests],
  start: [build(), start],
  demo: [build(), demo],
  bench: [build(), bench],
  faults: [build(), faults],
  fuzz: [build(), fuzz],
  oracle: [build(), oracle],
  screenshots: [systemPackages, build(), screenshots],
  format: [format],
};

/**
 * Runs a task on the Node it needs, with everything installed.
 * @param {string | undefined} name
 * @param {readonly string[]} args handed on to the last step where it takes any
 * @returns {Promise<number>} the exit code
 */
export async function main(name, args) {
  const steps = tasks[/** @type {string} */ (name)];
  if (steps === undefined) throw new Plain(`There are the tasks ${Object.keys(tasks).join(', ')}.`);
  const node = await inTurn(async () => {
    await ensurePackages(root, say);
    return ensureNode(root, say);
  });
  const runner = new Runner(node.path);
  say(`${name}, on Node ${node.version}`);
  const started = performance.now();
  for (const step of steps) {
    const code = await step(runner, args);
    if (code !== 0) return code;
  }
  say(`${name}: all done in ${duration(started)}`);
  return 0;
}

class Runner {
  /** @param {string} node */
  constructor(node) {
    this.node = node;
    this.env = withPath([dirname(node), join(root, 'node_modules', '.bin')]);
  }

  /**
   * Runs a script on our Node as a step: one line with its name and how long it took, its output when it is to
   * be shown or has failed.
   * @param {string} name
   * @param {readonly string[]} command the script and its arguments
   * @param {'quiet' | 'show' | 'live'} [output]
   */
  async step(name, command, output = 'quiet') {
    const options = { cwd: root, env: this.env, quiet: output !== 'live' };
    return step(name, () => run(this.node, command, options), output === 'show');
  }

  /**
   * The script of a tool of ours in node_modules, to be run without the batch files Windows needs for .bin.
   * @param {string} name
   * @param {string} [tool]
   */
  tool(name, tool = name) {
    const folder = join(root, 'node_modules', name);
    const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return join(folder, typeof bin === 'string' ? bin : bin[tool]);
  }
}

/**
 * @param {string} name
 * @param {() => Promise<{ code: number, output: string }>} work
 * @param {boolean} [show]
 */
async function step(name, work, show = false) {
  const started = performance.now();
  const { code, output } = await work();
  say(`${code === 0 ? '✓' : '✗'} ${name.padEnd(16)} ${duration(started)}`);
  if (output.trim() !== '' && (show || code !== 0)) process.stdout.write(`${output.trimEnd()}\n`);
  return code;
}

/**
 * @template T
 * @param {() => Promise<T>} work
 */
function inTurn(work) {
  return withLock(join(results, 'run.lock'), work, () =>
    say('Another run is installing or building here; waiting …'),
  );
}

/** @param {'show'} [output] @returns {Step} */
function build(output) {
  return runner => inTurn(() => runner.step('build', ['scripts/build.mjs'], output));
}

/** @type {Step} */
function types(runner) {
  return runner.step('types', [runner.tool('typescript', 'tsc'), '-p', '.']);
}

/** @type {Step} */
function style(runner) {
  return runner.step('format and lint', [...biome(runner, 'ci'), '--error-on-warnings']);
}

/** @param {Runner} runner @param {string} command */
function biome(runner, command) {
  const colors = `--colors=${process.stdout.isTTY ? 'force' : 'off'}`;
  return [runner.tool('@biomejs/biome', 'biome'), command, colors, '--diagnostic-level=warn'];
}

/** @type {Step} */
function unused(runner) {
  return runner.step('unused', [runner.tool('knip')]);
}

/** @type {Step} */
function house(runner) {
  return runner.step('house', [runner.tool('vitest'), 'run', 'test/house.test.ts']);
}

/** @type {Step} */
function systemPackages() {
  return step('system packages', () => ensureSystemPackages(say));
}

/** @type {Step} */
async function tests(runner, args) {
  // Each run writes a report of its own; the last to end leaves it under the plain name.
  mkdirSync(results, { recursive: true });
  const report = join(results, `tests-${process.pid}.json`);
  const vitest = [runner.tool('vitest'), 'run', '--reporter=default', '--reporter=json'];
  try {
    const code = await runner.step('tests', [...vitest, `--outputFile.json=${report}`, ...args], 'live');
    // Without a report vitest has failed before the first test.
    if (!existsSync(report)) return code || 1;
    const verdict = judgeTests(readFileSync(report, 'utf8'));
    renameSync(report, join(results, 'tests.json'));
    for (const line of verdict.skipped) say(`skipped: ${line}`);
    if (code !== 0) return code;
    if (verdict.passed === 0) throw new Plain('No test has run.');
    // Whoever names files or tests on the command line has chosen to leave out the rest.
    if (process.env.CI === '1' && args.length === 0 && verdict.skipped.length > 0) {
      throw new Plain('With CI=1 a skipped test is a failure; what was skipped is listed above.');
    }
    return 0;
  } finally {
    rmSync(report, { force: true });
  }
}

/** @type {Step} */
function demo(runner, args) {
  return runner.step('demo', [join('dist', 'demo.js'), ...args], 'live');
}

/** @type {Step} */
function start(runner) {
  return openDesktop({ root, node: runner.node, env: runner.env, say });
}

/** @type {Step} */
function bench(runner, args) {
  return runner.step('bench', [join('test', 'bench', 'main.ts'), ...args], 'live');
}

/** @type {Step} */
function faults(runner, args) {
  return runner.step('faults', [join('test', 'faults', 'main.ts'), ...args], 'live');
}

/** @type {Step} */
function fuzz(runner, args) {
  return runner.step('fuzz', [join('test', 'support', 'hostile-server', 'fuzz-main.ts'), ...args], 'live');
}

/** @type {Step} */
function oracle(runner, args) {
  return runner.step('oracle', [join('test', 'oracle', 'main.ts'), ...args], 'live');
}

/** @type {Step} */
function screenshots(runner, args) {
  return runner.step('screenshots', [join('test', 'screenshots', 'main.ts'), ...args], 'live');
}

/** @type {Step} */
function format(runner) {
  return runner.step('format', [...biome(runner, 'check'), '--write'], 'show');
}
