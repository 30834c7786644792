import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { extractAll, extractFile, listPackage, statFile } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readYaml } from '../support/yaml.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PACK = fileURLToPath(new URL('../support/pack-main.ts', import.meta.url));
/** How Electron's program marks the place of its fuses: version, number, one digit each. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = 8;

describe('the desktop app, packed around a stub of Electron', () => {
  let folder: string;
  let archive: string;
  let packed: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kb-'));
    const stub = join(folder, 'electron');
    await mkdir(join(stub, 'resources'), { recursive: true });
    const wire = Buffer.from([1, FUSES, ...Buffer.from('1'.repeat(FUSES))]);
    await writeFile(join(stub, 'electron'), Buffer.concat([Buffer.from(SENTINEL), wire]), { mode: 0o755 });
    const nowhere = 'http://127.0.0.1:9/';
    await promisify(execFile)(process.execPath, [PACK, stub, join(folder, 'out')], {
      cwd: root,
      env: {
        ...process.env,
        // Whatever it would download it must do without.
        ELECTRON_MIRROR: nowhere,
        ELECTRON_BUILDER_BINARIES_MIRROR: nowhere,
        HTTPS_PROXY: nowhere,
        HTTP_PROXY: nowhere,
        CSC_IDENTITY_AUTO_DISCOVERY: 'false',
      },
    });
    archive = join(folder, 'out', 'linux-unpacked', 'resources', 'app.asar');
    packed = listPackage(archive, { isPack: false })
      .map(path => path.replaceAll('\\', '/').slice(1))
      .filter(path => !('files' in statFile(archive, path)));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('holds its program, its window and the library of the keychain', async () => {
    const { main } = JSON.parse(extractFile(archive, 'package.json').toString());
    expect(packed).toEqual(
      expect.arrayContaining([
        main,
        'dist/desktop-preload.cjs',
        'dist/shim.cjs',
        'dist/window/index.html',
        'node_modules/@napi-rs/keyring/index.js',
      ]),
    );
    expect(extractFile(archive, main)).toEqual(await readFile(join(root, main)));
  });

  test('holds nothing else: no sources, no tests, no maps, no library that is in the build', async () => {
    const allowed = [
      /^package\.json$/,
      /^LICENSE$/,
      /^dist\/(?:desktop|broker|keybridge|lab)\.js$/,
      /^dist\/(?:shim|desktop-preload)\.cjs$/,
      /^dist\/shared-[\w-]+\.js$/,
      /^dist\/window\/index\.html$/,
      /^dist\/window\/assets\/[\w-]+\.(?:js|css|svg|png|woff2)$/,
      /^node_modules\/@napi-rs\/keyring(?:-[\w-]+)?\/[\w.-]+$/,
    ];
    const practice = await practiceLibraries();
    const isPractice = (path: string) =>
      practice.has(libraryOf(path)) &&
      /(?:\.[cm]?js|\.json|\.wasm|\/bin\/[\w-]+|licen[cs]e[\w.-]*|notice|patents|authors)$/i.test(path);
    expect(packed.filter(path => !allowed.some(pattern => pattern.test(path)) && !isPractice(path))).toEqual(
      [],
    );
  });

  test('has all that a practice server with a sign-in needs', async () => {
    const unpacked = join(folder, 'unpacked');
    extractAll(archive, unpacked);
    const script =
      "const lab = await import('./dist/lab.js'); await lab.runLab(['--json', '--until-stdin-closes']);";
    const running = execFile(process.execPath, ['--input-type=module', '-e', script], { cwd: unpacked });
    const said = await new Promise<string>((resolve, reject) => {
      running.stdout?.once('data', data => resolve(String(data)));
      running.stderr?.once('data', data => reject(new Error(String(data))));
    });
    const { serverUrl } = JSON.parse(said);
    expect((await fetch(serverUrl, { method: 'POST', body: '{}' })).status).toBe(401);
    const ended = new Promise(resolve => running.once('exit', resolve));
    running.stdin?.end();
    expect(await ended).toBe(0);
  });

  test('has every chunk that its programs import', () => {
    const programs = packed.filter(path => /^dist\/[\w-]+\.c?js$/.test(path));
    expect(programs.length).toBeGreaterThan(10);
    for (const path of programs) {
      const code = extractFile(archive, path).toString();
      for (const [, name] of code.matchAll(/(?:from|import\()\s*"\.\/([\w-]+\.js)"/g)) {
        expect(packed, `${path} imports ${name}`).toContain(`dist/${name}`);
      }
    }
  });

  test('has native code beside the archive, where the system can load it', () => {
    const native = packed.filter(path => path.endsWith('.node'));
    expect(native.length).toBeGreaterThan(0);
    for (const path of native) expect(statFile(archive, path)).toMatchObject({ unpacked: true });
  });

  test('tells nothing of how it was built', () => {
    const manifest = JSON.parse(extractFile(archive, 'package.json').toString());
    expect(manifest).not.toHaveProperty('devDependencies');
    expect(manifest).not.toHaveProperty('scripts');
  });

  test('has the fuses blown that the security list asks about', async () => {
    const program = await readFile(join(folder, 'out', 'linux-unpacked', 'keybridge'), 'latin1');
    const start = program.indexOf(SENTINEL) + SENTINEL.length + 2;
    const [runAsNode, cookies, nodeOptions, inspect, integrity, asarOnly, , fileScheme] =
      program.slice(start);
    expect({ runAsNode, cookies, nodeOptions, inspect, integrity, asarOnly, fileScheme }).toEqual({
      runAsNode: '0',
      cookies: '1',
      nodeOptions: '0',
      inspect: '0',
      integrity: '1',
      asarOnly: '1',
      fileScheme: '0',
    });
  });
});

/** The name of the library a file belongs to. */
function libraryOf(path: string): string {
  const [first = '', second = ''] = path.slice(path.lastIndexOf('node_modules/') + 13).split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** The names of the practice servers' libraries and of all that they need, by the lock file. */
async function practiceLibraries(): Promise<Set<string>> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const found = new Set<string>();
  const add = (from: string, name: string) => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      if (!lock.packages[path]) {
        if (folder === '') return;
        continue;
      }
      if (found.has(path)) return;
      found.add(path);
      for (const each of Object.keys(lock.packages[path].dependencies ?? {})) add(path, each);
      return;
    }
  };
  for (const name of Object.keys(lock.packages[''].optionalDependencies)) add('', name);
  return new Set([...found].map(path => libraryOf(`${path}/`)));
}

test('every system has what it is installed from, and nothing is published', async () => {
  const [config] = readYaml(await readFile(join(root, 'electron-builder.yml'), 'utf8'));
  expect(config).toMatchObject({
    // Our reader of YAML knows words only.
    publish: 'null',
    mac: { target: ['dmg', 'zip'] },
    win: { target: ['nsis'] },
    linux: { target: ['AppImage', 'deb'] },
  });
});
