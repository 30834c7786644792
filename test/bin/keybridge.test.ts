import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'rolldown/utils';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { walk } from '../support/house.ts';

const bin = fileURLToPath(new URL('../../bin', import.meta.url));

/** A checkout with nothing but bin/, and dist/ as a test wants it. */
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'kb-bin-')));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  cpSync(bin, join(root, 'bin'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(args: readonly string[], node: readonly string[] = []) {
  const script = join(root, 'bin', 'keybridge.js');
  const env = { PATH: process.env.PATH, HOME: root };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, script, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

/** Has the process believe it runs on another version of Node. */
function version(number: string): string[] {
  const path = join(root, 'version.cjs');
  const text = `
    Object.defineProperty(process, 'versions', { value: { node: '${number}' } });
    Object.defineProperty(process, 'version', { value: 'v${number}' });`;
  writeFileSync(path, text);
  return ['--require', path];
}

test.each(['4.9.1', '18.20.8', '20.20.2', '22.18.0'])('Node %s gets a clear sentence', number => {
  const { status, stdout, stderr } = run(['https://mcp.example/mcp'], version(number));
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Keybridge needs Node 22\.19 or newer; this is v/);
  expect(stderr).toContain(`v${number} (${process.execPath}). Install a newer one`);
});

test.each(['22.19.0', '24.0.0', '26.1.0'])('Node %s is new enough', number => {
  expect(run(['--version'], version(number)).stderr).toContain('has not been built');
});

describe.skipIf(process.platform === 'win32')('a Node too old, beside the one that npm has brought', () => {
  beforeEach(() => mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true }));
  const newer = () => join(root, 'node_modules/node/bin/node');

  test('hands over to it: arguments, streams and exit code', () => {
    symlinkSync(process.execPath, newer());
    mkdirSync(join(root, 'dist'));
    const text = 'export const main = args => (console.log(args, process.version), 3);';
    writeFileSync(join(root, 'dist/keybridge.js'), text);
    expect(run(['status', '--json'], version('20.20.2'))).toEqual({
      status: 3,
      stdout: `[ 'status', '--json' ] ${process.version}\n`,
      stderr: '',
    });
  });

  test('says so when that one does not run here', () => {
    writeFileSync(newer(), 'no program');
    const { status, stderr } = run(['status'], version('20.20.2'));
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(newer()) });
  });

  test('a Node that cannot read what hands over says that it is too old', () => {
    symlinkSync(process.execPath, newer());
    expect(run(['status'], version('16.20.2')).stderr).toContain('Keybridge needs Node 22.19 or newer');
  });
});

test('the entry stays in syntax that Node 4 can read', () => {
  const { program, errors } = parseSync('keybridge.js', readFileSync(join(bin, 'keybridge.js'), 'utf8'));
  const types = new Set<string>();
  walk(program as never, node =>
    types.add(node.type === 'VariableDeclaration' ? String(node.kind) : node.type),
  );
  expect(errors).toEqual([]);
  expect([...types].sort()).toMatchInlineSnapshot(`
    [
      "AssignmentExpression",
      "BinaryExpression",
      "BlockStatement",
      "CallExpression",
      "ExpressionStatement",
      "Hashbang",
      "Identifier",
      "IfStatement",
      "Literal",
      "LogicalExpression",
      "MemberExpression",
      "ParenthesizedExpression",
      "Program",
      "UnaryExpression",
      "VariableDeclarator",
      "var",
    ]
  `);
  expect(readFileSync(join(bin, 'keybridge.js'), 'utf8')).not.toMatch(/,\s*\)/);
});

test('without a build it says how to make one', () => {
  const { status, stdout, stderr } = run(['https://mcp.example/mcp']);
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: `Keybridge has not been built here yet. Run "npm run build" in ${root}.\n`,
  });
});

describe('what is started', () => {
  beforeEach(() => {
    mkdirSync(join(root, 'dist'));
    const program = (file: string, text: string) => writeFileSync(join(root, 'dist', file), text);
    const says = (name: string) => `args => console.log('${name}', JSON.stringify(args));`;
    program('shim.cjs', `exports.runShim = ${says('shim')}`);
    program('keybridge.js', `export const main = ${says('keybridge')}`);
  });

  test.each([
    ['shim', ['https://mcp.example/mcp']],
    ['shim', ['http://127.0.0.1:1/mcp', '3334', '--allow-http']],
    ['shim', ['--debug', 'https://mcp.example/mcp']],
    ['shim', ['HTTPS://mcp.example/mcp', '--as', 'status']],
    ['shim', ['ftp://mcp.example/mcp']],
    ['keybridge', ['login', 'https://mcp.example/mcp']],
    ['keybridge', ['--help', 'https://mcp.example/mcp']],
    ['keybridge', ['status']],
    ['keybridge', ['statsu']],
    ['keybridge', ['--version']],
    ['keybridge', []],
  ])('%s for %j', (name, args) => {
    expect(run(args)).toEqual({ status: 0, stdout: `${name} ${JSON.stringify(args)}\n`, stderr: '' });
  });
});
