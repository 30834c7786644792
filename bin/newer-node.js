const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Where Keybridge was built from source, npm has brought a Node of its own: that one goes on in the place of this
 * one, which is too old. Answers whether it is there.
 */
module.exports = () => {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const program = join(__dirname, '../node_modules/node/bin', name);
  if (!existsSync(program)) return false;
  const args = [join(__dirname, 'start.js'), ...process.argv.slice(2)];
  const child = spawn(program, args, { stdio: 'inherit' });
  child.on('error', error => {
    console.error(`${program} does not run here: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', code => {
    process.exitCode = code ?? 1;
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal sends these to both; how it ends is the other's to say.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  return true;
};
