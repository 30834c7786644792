// What action.yml runs: its inputs, which come as environment variables, as a command line of the doctor.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, realpathSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Inputs that are flags with a value. */
const FLAGS = ['targets', 'fail-on', 'only', 'baseline', 'save', 'json', 'junit', 'sarif', 'har'];

/**
 * The arguments of the doctor. An input never becomes part of a shell's line, so nothing in it is run.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string[]}
 */
export function readInputs(env) {
  const input = (/** @type {string} */ name) =>
    (env[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`] ?? '').trim();
  const lines = (/** @type {string} */ name) =>
    input(name)
      .split(/\r?\n/)
      .map(line => line.trim())
      .filter(line => line !== '');
  const servers = input('servers')
    .split(/\s+/)
    .filter(word => word !== '');
  const wrong = servers.find(word => word.startsWith('-'));
  if (wrong !== undefined) throw new Error('The input "servers" has URLs only.');
  return [
    'doctor',
    ...servers,
    ...FLAGS.flatMap(name => (input(name) === '' ? [] : [`--${name}=${input(name)}`])),
    ...input('ignore')
      .split(/[\s,]+/)
      .flatMap(code => (code === '' ? [] : [`--ignore=${code}`])),
    ...lines('headers').map(line => `--header=${line}`),
    ...(env.GITHUB_STEP_SUMMARY ? [`--markdown=${env.GITHUB_STEP_SUMMARY}`] : []),
  ];
}

function main() {
  const keybridge = fileURLToPath(new URL('../bin/keybridge.js', import.meta.url));
  const inputs = readInputs(process.env);
  // Until it hears the token again the runner takes no line for a command, whatever a server says.
  const token = randomBytes(20).toString('hex');
  writeSync(1, `::stop-commands::${token}\n`);
  const child = spawn(process.execPath, [keybridge, ...inputs], { stdio: 'inherit' });
  const goOn = () => writeSync(1, `\n::${token}::\n`);
  child.once('error', error => {
    goOn();
    throw error;
  });
  child.once('exit', code => {
    goOn();
    if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `exit-code=${code ?? 1}\n`);
    process.exitCode = code ?? 1;
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
