import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { build as buildWindow } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/**
 * Starts with every host, so it stands alone: one small file, nothing shared, nothing but Node under it. As
 * CommonJS, because a module's imports load all there is in each part of Node it names, used or not.
 */
const shim = { shim: 'src/node/shim.ts' };

/** These may share chunks. */
const programs = {
  keybridge: 'src/node/main.ts',
  broker: 'src/node/broker-main.ts',
  lab: 'src/lab/main.ts',
  browser: 'src/lab/browser-main.ts',
  demo: 'src/lab/demo.ts',
  desktop: 'app/main/index.ts',
};

/** Runs in a sandbox where CommonJS is all there is, and Electron all that can be asked for. */
const preload = { 'desktop-preload': 'app/main/preload.ts' };

/** Native code, and libraries only the lab and the demo load: they stay in node_modules. */
const external =
  /^(?:node:|electron$|@napi-rs\/keyring$|oidc-provider$|@modelcontextprotocol\/(?:sdk|client)(?:$|\/))/;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * @param {Record<string, string>} input
 * @param {{ alone: boolean }} how
 */
async function bundle(input, { alone }) {
  const build = await rolldown({
    cwd: root,
    input,
    external: alone ? /^(?:node:|electron$)/ : external,
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node22.19', define: { KEYBRIDGE_VERSION: JSON.stringify(version) } },
    // A warning here is an import that will fail at run time, or the like.
    onLog(level, log, next) {
      if (level === 'warn') throw new Error(log.message);
      next(level, log);
    },
  });
  const { output } = await build.generate({
    format: alone ? 'cjs' : 'esm',
    entryFileNames: alone ? '[name].cjs' : '[name].js',
    // Beside the programs, so that what a source file finds relative to itself is found from a chunk too.
    chunkFileNames: 'shared-[name]-[hash].js',
    codeSplitting: !alone,
    minify: alone,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await build.close();
  return output.map(file => ({
    name: file.fileName,
    content: file.type === 'chunk' ? Buffer.from(file.code) : Buffer.from(file.source),
  }));
}

/** The window, as vite.config.ts has it. */
async function window() {
  const built = await buildWindow({
    root: join(root, 'app/renderer'),
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { write: false },
  });
  const outputs = Array.isArray(built) ? built : [built];
  return outputs
    .flatMap(each => ('output' in each ? each.output : []))
    .map(file => ({
      name: `window/${file.fileName}`,
      content: file.type === 'chunk' ? Buffer.from(file.code) : Buffer.from(file.source),
    }));
}

/**
 * Puts the files in place one by one, each at once, and takes away what is left from earlier builds: whoever
 * starts from dist meanwhile finds whole files. What has not changed is not touched.
 * @param {readonly { name: string, content: Buffer }[]} files chunks come before the entries that import them
 */
function place(files) {
  for (const { name, content } of files) {
    const path = join(dist, name);
    if (existsSync(path) && readFileSync(path).equals(content)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
  const names = new Set(files.map(file => file.name));
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !names.has(relative(dist, path).replaceAll('\\', '/'))) rmSync(path);
  }
}

async function build() {
  const bundles = await Promise.all([
    bundle(shim, { alone: true }),
    bundle(preload, { alone: true }),
    bundle(programs, { alone: false }),
    window(),
  ]);
  const files = bundles.flat().sort((a, b) => Number(isShared(b)) - Number(isShared(a)));
  mkdirSync(dist, { recursive: true });
  place(files);
  const shown = files.filter(file => !isShared(file) && !isWindow(file));
  for (const file of shown) console.log(`${size([file])}  dist/${file.name}`);
  console.log(`${size(files.filter(isWindow))}  dist/window`);
  const shared = files.filter(isShared);
  if (shared.length > 0) console.log(`${size(shared)}  in ${shared.length} chunks`);
}

/** @param {{ name: string }} file */
function isShared({ name }) {
  return name.startsWith('shared-');
}

/** @param {{ name: string }} file */
function isWindow({ name }) {
  return name.startsWith('window/');
}

/** @param {readonly { content: Buffer }[]} files */
function size(files) {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  return `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;
}

try {
  await build();
} catch (error) {
  // What rolldown has to say is in the message; its stack leads through rolldown only.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
