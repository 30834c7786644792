const { existsSync } = require('node:fs');
const { join } = require('node:path');

const COMMANDS =
  /^(login|logout|forget|status|stop|trace|lab|doctor|open|fix|lint|explain|help|--help|-h|--version|-v)$/;

const args = process.argv.slice(2);
const isBridge =
  !COMMANDS.test(args[0] ?? '') &&
  !args.includes('--help') &&
  args.some(arg => /^[a-z][a-z\d+.-]*:\/\//i.test(arg));

start(isBridge ? 'shim.cjs' : 'keybridge.js');

/**
 * The bridge is a file of its own, small because every host starts it; everything else is in the other one.
 * @param {'shim.cjs' | 'keybridge.js'} name
 */
async function start(name) {
  const root = join(__dirname, '..');
  if (!existsSync(join(root, 'dist', name))) {
    console.error(`Keybridge has not been built here yet. Run "npm run build" in ${root}.`);
    process.exitCode = 1;
    return;
  }
  const path = `../dist/${name}`;
  // A Node that imports nothing is a smaller one.
  const program = isBridge ? require(path) : await import(path);
  const code = await (isBridge ? program.runShim(args) : program.main(args));
  if (code !== undefined) process.exitCode = code;
}
