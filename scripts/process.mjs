import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** An error whose message is all a person needs; it is printed without a stack. */
export class Plain extends Error {
  plain = true;
  code = 1;
}

/** Somebody pressed Ctrl+C or asked us to end. */
class Stopped extends Plain {
  /** @param {'SIGINT' | 'SIGTERM'} signal */
  constructor(signal) {
    super('Stopped.');
    this.code = signal === 'SIGINT' ? 130 : 143;
  }
}

/**
 * Runs a program to its end. `quiet` gathers what it prints instead of showing it. A program that cannot be
 * started counts as one that ended with 127. When we are told to stop, so is the program, and then this throws.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, shell?: boolean, timeout?: number }} [options]
 *   `timeout`: milliseconds after which it is ended
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(
  program,
  args,
  { cwd, env = process.env, quiet = false, shell = false, timeout = 0 } = {},
) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, shell, timeout, stdio: quiet ? 'pipe' : 'inherit' });
    let output = '';
    child.stdin?.end();
    child.stdout?.setEncoding('utf8').on('data', text => {
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', text => {
      output += text;
    });
    /** @type {Stopped | undefined} */
    let stopped;
    const stop = (/** @type {'SIGINT' | 'SIGTERM'} */ signal) => {
      stopped = new Stopped(signal);
      // Ctrl+C reaches the child by itself.
      if (signal === 'SIGTERM') child.kill(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    const end = (/** @type {number} */ code) => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      if (stopped) reject(stopped);
      else resolve({ code, output });
    };
    child.on('error', error => {
      output += `${error.message}\n`;
      end(127);
    });
    child.on('close', code => end(code ?? 1));
  });
}

/**
 * The environment with folders put first on PATH, whatever case Windows has given that name.
 * @param {readonly string[]} folders
 * @returns {NodeJS.ProcessEnv}
 */
export function withPath(folders) {
  const name = Object.keys(process.env).find(key => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [name]: [...folders, process.env[name] ?? ''].join(delimiter) };
}

/**
 * Where a program is on PATH (and in the folders for administrators, which a user's PATH may lack).
 * @param {string} program
 * @returns {string | undefined}
 */
export function which(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders
    .filter(folder => folder !== '')
    .map(folder => join(folder, program))
    .find(path => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/**
 * @param {number} since from performance.now()
 * @returns {string}
 */
export function duration(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
