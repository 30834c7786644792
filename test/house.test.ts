import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  type HouseFile,
  home,
  judgeLength,
  judgeLock,
  judgeName,
  judgeSource,
  judgeTestPlace,
  judgeTraces,
  MAX_LINES,
  TABLE,
} from './support/house.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = listFiles().map((path): HouseFile => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const paths = new Set(files.map(file => file.path));
const sources = files.filter(file => /^(?:src|app)\//.test(file.path));
const tests = files.filter(file => /^test\//.test(file.path));
const ours = files.filter(file => /^(?:src|app|test|scripts|bin)\//.test(file.path));

/** What git knows or would add; without git, everything but what is made by installing, building and testing. */
function listFiles(): string[] {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const listed = execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed
      .split('\0')
      .filter(path => path !== '' && statSync(join(root, path), { throwIfNoEntry: false }));
  } catch {
    return [
      '',
      ...readdirSync(root, { withFileTypes: true })
        .filter(isKept)
        .map(entry => entry.name),
    ].flatMap(top =>
      readdirSync(join(root, top), { withFileTypes: true, recursive: top !== '' })
        .filter(entry => entry.isFile() && !entry.name.endsWith('.log'))
        .map(entry => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/')),
    );
  }
}

function isKept(entry: { name: string; isDirectory(): boolean }): boolean {
  return entry.isDirectory() && !['node_modules', 'dist', 'results', '.git'].includes(entry.name);
}

/** Names of this machine that must not appear in a file; short ones could be anything. */
function namesOfThisMachine(): string[] {
  const registry = URL.parse(process.env.npm_config_registry ?? '')?.host ?? '';
  const folders = [root, realpathSync(root), homedir()].map(path => path.replace(/[\\/]$/, ''));
  return [registry, ...folders.filter(path => path.split(/[\\/]/).length > 2)].filter(name => name !== '');
}

describe('every file', () => {
  test('of src and app has a home and imports only what that may import', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.flatMap(file => judgeSource(file, paths))).toEqual([]);
  });

  test('is short enough to be held in the head', () => {
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.flatMap(judgeLength)).toEqual([]);
  });

  test('has a name that says what is in it', () => {
    expect(ours.flatMap(file => judgeName(file.path))).toEqual([]);
  });

  test('of test is in a folder that mirrors one of the sources or has a purpose of its own', () => {
    expect(tests.length).toBeGreaterThan(3);
    expect(tests.flatMap(file => judgeTestPlace(file.path, paths))).toEqual([]);
  });

  test('keeps silent about the machines it was written on', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap(file => judgeTraces(file, namesOfThisMachine()))).toEqual([]);
  });
});

test('the lock file names no registry, is complete and wants no scripts run', () => {
  const lock = files.find(file => file.path === 'package-lock.json');
  expect(Object.keys(JSON.parse(lock?.text ?? '{}').packages).length).toBeGreaterThan(50);
  expect(judgeLock(lock?.text ?? '')).toEqual([]);
});

describe('the rules see what is wrong', () => {
  const there = new Set([
    ...Object.keys(TABLE).map(folder => `${folder}/x.ts`),
    'src/oauth/discover.ts',
    'scripts/lock.mjs',
    'app/renderer/model/flow.ts',
    'test/support/x.ts',
  ]);
  const judge = (path: string, text: string) => judgeSource({ path, text }, there);

  test.each([
    ['src/loose.ts', '', 'no home'],
    ['src/shared/a.ts', '', 'no home'],
    ['src/base/a.ts', "import { x } from '../trace/x.ts';", 'src/base may not'],
    ['src/base/a.ts', "import type { X } from '../trace/x.ts';", 'src/base may not'],
    ['src/trace/a.ts', "export * from '../oauth/x.ts';", 'src/trace may not'],
    ['src/trace/a.ts', "export { x } from '../oauth/x.ts';", 'src/trace may not'],
    ['src/bridge/a.ts', "const x = await import('../oauth/x.ts');", 'src/bridge may not'],
    ['src/bridge/a.ts', "let x: import('../oauth/x.ts').X;", 'src/bridge may not'],
    ['src/oauth/a.ts', "import '../tokens/x.ts';", 'src/oauth may not'],
    ['src/broker/a.ts', "import '../node/x.ts';", 'src/broker may not'],
    ['src/lab/a.ts', "import '../oauth/x.ts';", 'src/lab may not'],
    ['src/api/a.ts', "import { type X } from '../broker/x.ts';", 'src/api may not'],
    ['src/hosts/a.ts', "import '../checks/x.ts';", 'src/hosts may not'],
    ['src/node/a.ts', "import '../../app/main/x.ts';", 'src/node may not'],
    ['src/node/a.ts', "import '../../test/support/x.ts';", 'no home'],
    ['src/node/a.ts', "import '../lab/x.ts';", 'loaded with import()'],
    ['src/oauth/a.ts', "import './gone.ts';", 'not there'],
    ['src/oauth/a.ts', "import { readFile } from 'node:fs';", 'imports node:fs'],
    ['src/bridge/a.ts', "import type { Socket } from 'node:net';", 'imports node:net'],
    ['src/oauth/a.ts', "import { fetch } from 'undici';", 'the library undici'],
    ['src/oauth/a.ts', "import fs from 'fs';", 'the library fs'],
    ['src/node/a.ts', "import { x } from '@modelcontextprotocol/sdk/y.js';", '@modelcontextprotocol/sdk'],
    ['src/base/a.ts', 'export const x = await import(name);', 'computed'],
    ['src/base/a.ts', 'export const x = process.env.HOME;', 'uses process'],
    ['src/base/a.ts', 'export const x = globalThis.process;', 'uses process'],
    ['src/bridge/a.ts', 'export const x = Buffer.from("");', 'uses Buffer'],
    ['src/base/a.ts', 'export const = 1;', 'does not parse'],
    ['src/node/a.ts', "import { app } from 'electron';", 'the library electron'],
    ['app/main/a.ts', "import '../renderer/x.ts';", 'app/main may not'],
    ['app/main/preload.ts', "import './x.ts';", 'electron only'],
    ['app/main/preload.ts', "import type { Port } from '../../src/api/x.ts';", 'electron only'],
    ['app/main/preload.ts', "import 'node:fs';", 'electron only'],
  ])('%s: %s', (path, text, complaint) => {
    expect(judge(path, text).join('\n')).toContain(complaint);
  });

  test.each([
    ['src/api/a.ts', "import type { X } from '../broker/x.ts'; import { y } from '../base/x.ts';"],
    ['src/hosts/a.ts', "import type { X } from '../checks/x.ts';"],
    [
      'src/node/a.ts',
      "import { run } from 'node:test'; const lab = await import('../lab/x.ts'); process.exit();",
    ],
    ['src/node/a.ts', "import type { Lab } from '../lab/x.ts'; import '../broker/x.ts'; import 'undici';"],
    ['src/lab/a.ts', "import { x } from '@modelcontextprotocol/sdk/server/mcp.js'; import 'oidc-provider';"],
    ['src/base/a.ts', 'interface A { process: string } const a = (x: A) => ({ process: x.process });'],
    ['src/oauth/a.ts', "import './discover.ts'; import { x } from '../trace/x.ts'; import 'openid-client';"],
    ['app/main/a.ts', "import { app } from 'electron'; import 'node:fs'; import '../../src/node/x.ts';"],
    ['app/main/preload.ts', "import { ipcRenderer } from 'electron';"],
    ['app/renderer/a.tsx', "import React from 'react'; import '../../src/api/x.ts'; const a = <b />;"],
  ])('and let pass what is right: %s: %s', (path, text) => {
    expect(judge(path, text)).toEqual([]);
  });

  test('length', () => {
    const text = 'x\n'.repeat(MAX_LINES);
    expect(judgeLength({ path: 'src/base/a.ts', text })).toEqual([]);
    expect(judgeLength({ path: 'src/base/a.ts', text: `${text}x` })).toHaveLength(1);
    expect(judgeLength({ path: 'test/tapes/a.ts', text: `${text}x` })).toEqual([]);
  });

  test.each(['src/base/helper.ts', 'src/utils/a.ts', 'src/base/token-manager.ts', 'test/common/a.test.ts'])(
    'name: %s',
    path => expect(judgeName(path)).toHaveLength(1),
  );

  test.each(['src/base/signIn.ts', 'src/base/sign_in.ts', 'src/Base/a.ts'])('spelling: %s', path =>
    expect(judgeName(path)).toHaveLength(1),
  );

  test('place of a test', () => {
    const place = (path: string) => judgeTestPlace(path, there);
    expect(place('test/oauth/discover.test.ts')).toEqual([]);
    expect(place('test/renderer/model/flow.test.ts')).toEqual([]);
    expect(place('test/scripts/lock.test.ts')).toEqual([]);
    expect(place('test/e2e/anything.test.ts')).toEqual([]);
    expect(place('test/support/fake-server.ts')).toEqual([]);
    expect(place('test/oauth2/discover.test.ts')).toHaveLength(1);
    expect(place('test/discover.test.ts')).toHaveLength(1);
    expect(place('test/oauth/fake-server.ts')).toHaveLength(1);
    expect(place('test/support/fake-server.test.ts')).toHaveLength(1);
  });

  test.each([
    ['', 'home', 'jdoe', 'projects', ''].join('/'),
    ['C:', 'Users', 'jdoe', 'x'].join('\\'),
    ['', 'Users', 'jdoe', 'x'].join('/'),
    ['', 'root', 'x'].join('/'),
    ['https://registry', 'npmjs.org/x'].join('.'),
    'see /opt/checkout/here.',
  ])('traces: %s', text => {
    expect(judgeTraces({ path: 'a', text }, ['/opt/checkout/here'])).toHaveLength(1);
  });

  test('traces let examples pass', () => {
    const text = '/Users/ada/Library/x /home/you/.config "C:\\\\Users\\\\ada\\\\x" /opt/checkout/hereafter';
    expect(judgeTraces({ path: 'a', text }, ['/opt/checkout/here'])).toEqual([]);
  });

  test('lock', () => {
    const lock = (entry: object) => judgeLock(JSON.stringify({ packages: { 'node_modules/a': entry } }));
    expect(lock({ version: '1.0.0' })).toEqual([]);
    expect(lock({ resolved: 'https://x.example/a.tgz' })).toHaveLength(1);
    expect(lock({ hasInstallScript: true })).toHaveLength(1);
    expect(lock({ optionalDependencies: { 'a-darwin': '1.0.0' } })).toHaveLength(1);
    expect(lock({ optionalDependencies: { a: '1.0.0' } })).toEqual([]);
  });

  test('a file of a folder that only begins like one of the table has no home', () => {
    expect(home('src/baseline/a.ts')).toBeUndefined();
    expect(home('src/base/deep/a.ts')).toBe('src/base');
  });
});
