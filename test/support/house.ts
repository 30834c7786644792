import { posix } from 'node:path';
import { parseSync } from 'rolldown/utils';

/** A file of the repository, its path from the root with forward slashes. */
export interface HouseFile {
  path: string;
  text: string;
}

/** What one folder may import. */
interface Row {
  /** Other folders, at run time. `*` stands for every folder of src. */
  folders: readonly string[];
  /** Folders that may be imported with `import type` only. */
  types?: readonly string[];
  libraries?: readonly string[];
  /** Runs on Node: `node:*` and Node's globals are there. */
  node?: boolean;
}

/** The table of the house: every file of src and app has its home in one of these folders. */
export const TABLE: Readonly<Record<string, Row>> = {
  'src/base': { folders: [] },
  'src/trace': { folders: ['src/base'] },
  'src/oauth': { folders: ['src/base', 'src/trace'], libraries: ['openid-client', 'oauth4webapi'] },
  'src/checks': { folders: ['src/base', 'src/trace', 'src/oauth'] },
  'src/doctor': { folders: ['src/base', 'src/trace', 'src/oauth', 'src/checks'] },
  'src/tokens': { folders: ['src/base', 'src/oauth'] },
  'src/bridge': { folders: ['src/base', 'src/trace'] },
  'src/broker': {
    folders: ['src/base', 'src/trace', 'src/oauth', 'src/checks', 'src/tokens', 'src/bridge'],
    types: ['src/api'],
  },
  'src/api': { folders: ['src/base'], types: ['*'] },
  'src/hosts': { folders: ['src/base'], types: ['src/checks'] },
  'src/mend': { folders: ['src/base'], types: ['src/checks'] },
  'src/lab': {
    folders: ['src/base'],
    libraries: ['oidc-provider', '@modelcontextprotocol/sdk', '@modelcontextprotocol/client'],
    node: true,
  },
  'src/window': {
    folders: [
      'src/base',
      'src/trace',
      'src/oauth',
      'src/checks',
      'src/doctor',
      'src/mend',
      'src/tokens',
      'src/broker',
    ],
    types: ['src/api', 'src/bridge'],
  },
  'src/node': { folders: ['*'], libraries: ['undici', '@napi-rs/keyring', 'ws'], node: true },
  'app/main': { folders: ['*'], libraries: ['electron'], node: true },
  'app/renderer': {
    folders: ['src/base', 'src/trace', 'src/api'],
    types: ['*'],
    libraries: [
      'react',
      'react-dom',
      'react-aria-components',
      '@tanstack/react-virtual',
      'react-json-view-lite',
      'lucide-react',
    ],
  },
};

/** Runs in a sandbox that has nothing but Electron, so it may not even import what stands beside it. */
const PRELOAD = 'app/main/preload.ts';

/** Loaded only when asked for: whoever imports it does so with import(), or for its types. */
const LAZY = 'src/lab';

const NODE_GLOBALS = new Set([
  'process',
  'Buffer',
  '__dirname',
  '__filename',
  'require',
  'global',
  'setImmediate',
]);

export const MAX_LINES = 400;

interface Import {
  specifier: string;
  kind: 'run time' | 'dynamic' | 'type';
}

export interface SyntaxNode {
  type: string;
  [key: string]: unknown;
}

/** Which folder of the table a file lives in. */
export function home(path: string): string | undefined {
  return Object.keys(TABLE).find(folder => path.startsWith(`${folder}/`));
}

/** Everything wrong with where a file is and what it imports. `paths` are all files there are. */
export function judgeSource(file: HouseFile, paths: ReadonlySet<string>): string[] {
  const folder = home(file.path);
  const row = folder === undefined ? undefined : TABLE[folder];
  if (folder === undefined || row === undefined) return [`${file.path} has no home in the table`];
  if (!/\.tsx?$/.test(file.path)) return [];
  const { imports, globals, errors } = readSource(file);
  const found = errors.map(error => `${file.path} does not parse: ${error}`);
  for (const each of imports) {
    const wrong = judgeImport(file.path, folder, row, each, paths);
    if (wrong !== undefined) found.push(`${file.path} ${wrong}`);
  }
  if (!row.node) for (const name of globals) found.push(`${file.path} uses ${name}, which only Node has`);
  return found;
}

function judgeImport(
  path: string,
  folder: string,
  row: Row,
  { specifier, kind }: Import,
  paths: ReadonlySet<string>,
): string | undefined {
  if (path === PRELOAD && specifier !== 'electron')
    return `imports ${specifier}; it may import electron only`;
  if (specifier.startsWith('node:')) return row.node ? undefined : `imports ${specifier}`;
  if (!specifier.startsWith('.')) {
    const library = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    return row.libraries?.includes(library) ? undefined : `imports the library ${library}`;
  }
  const target = posix.join(posix.dirname(path), specifier);
  const its = home(target);
  if (!paths.has(target)) return `imports ${target}, which is not there`;
  if (its === folder) return undefined;
  if (its === undefined) return `imports ${target}, which has no home in the table`;
  const allows = (folders: readonly string[] = []) =>
    folders.includes(its) || (folders.includes('*') && its.startsWith('src/'));
  if (kind === 'type' && allows(row.types)) return undefined;
  if (!allows(row.folders)) return `imports ${target} (${kind}), which ${folder} may not`;
  if (its === LAZY && kind === 'run time')
    return `imports ${target} at its start; the lab is loaded with import()`;
  return undefined;
}

/** The imports of a file, and the globals of Node it names. */
function readSource({ path, text }: HouseFile): {
  imports: Import[];
  globals: Set<string>;
  errors: string[];
} {
  const parsed = parseSync(path, text);
  const imports: Import[] = [];
  const globals = new Set<string>();
  const add = (source: unknown, kind: Import['kind']) => {
    const value = (source as { value?: unknown } | null | undefined)?.value;
    if (source) imports.push({ specifier: typeof value === 'string' ? value : '(computed)', kind });
  };
  walk(parsed.program as unknown as SyntaxNode, (node, parent, key) => {
    switch (node.type) {
      case 'ImportDeclaration':
        // `import { type A }` still loads the module; only `import type` vanishes.
        return add(node.source, node.importKind === 'type' ? 'type' : 'run time');
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return add(node.source, node.exportKind === 'type' ? 'type' : 'run time');
      case 'ImportExpression':
        return add(node.source, 'dynamic');
      case 'TSImportType':
        return add(node.source, 'type');
      case 'TSExternalModuleReference':
        return add(node.expression, 'run time');
      case 'Identifier':
        if (NODE_GLOBALS.has(String(node.name)) && isReference(parent, key)) globals.add(String(node.name));
        return;
      case 'MemberExpression': {
        const property = node.property as { name?: unknown };
        const isGlobal = (node.object as { name?: unknown }).name === 'globalThis';
        if (isGlobal && NODE_GLOBALS.has(String(property.name))) globals.add(String(property.name));
      }
    }
  });
  return { imports, globals, errors: parsed.errors.map(error => error.message) };
}

/** Whether an identifier stands for a variable, and is not the name of a property. */
function isReference(parent: SyntaxNode | undefined, key: string): boolean {
  const names = ['MemberExpression', 'TSQualifiedName'];
  if (parent === undefined) return true;
  if (names.includes(parent.type) && (key === 'property' || key === 'right')) return parent.computed === true;
  // `declare global` names no variable.
  if (key === 'id' && /^TS(?:Module|Global)Declaration$/.test(parent.type)) return false;
  return !(key === 'key' && parent.computed !== true);
}

/** Calls `visit` for every node of a syntax tree, with the parent and the parent's field it is found in. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined, key: string) => void,
  parent?: SyntaxNode,
  key = '',
): void {
  visit(node, parent, key);
  for (const [field, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof (child as SyntaxNode | null)?.type === 'string')
        walk(child as SyntaxNode, visit, node, field);
    }
  }
}

/** A name says what the thing is, in the usual spelling; these words say nothing. */
export function judgeName(path: string): string[] {
  const found: string[] = [];
  for (const part of path.split('/').slice(1)) {
    const words = part.toLowerCase().split(/[^a-z\d]+/);
    const empty = words.find(word => /^(?:helper|util|utilitie|manager|service|common)s?$/.test(word));
    if (empty !== undefined) found.push(`${path}: "${empty}" says nothing`);
    if (!/^[a-z\d]+(?:[-.][a-z\d]+)*$/.test(part)) found.push(`${path}: names are in kebab-case`);
  }
  return found;
}

/** Tables of data, fixtures and saved traces may be as long as they are. */
export function judgeLength({ path, text }: HouseFile): string[] {
  if (/(?:^|\/)(?:fixtures|tapes)\/|\.(?:json|har)$/.test(path)) return [];
  const lines = text.trimEnd().split('\n').length;
  return lines > MAX_LINES ? [`${path} has ${lines} lines, more than ${MAX_LINES}`] : [];
}

/** Folders of test that mirror nothing, each with a purpose of its own. */
const OWN_FOLDERS = new Set([
  'support',
  'contracts',
  'tapes',
  'e2e',
  'bench',
  'faults',
  'hostile',
  'oracle',
  'screenshots',
]);

/** A test stands where its subject stands: what is in test/oauth is about src/oauth. */
export function judgeTestPlace(path: string, paths: ReadonlySet<string>): string[] {
  const folder = posix.dirname(path).slice('test/'.length);
  const isTest = /\.test\.tsx?$/.test(path);
  if (path === 'test/house.test.ts') return [];
  if (folder.startsWith('support') && isTest) return [`${path}: no tests in support`];
  if (OWN_FOLDERS.has(folder.split('/')[0] ?? '')) return [];
  if (!isTest) return [`${path}: what is not a test belongs in test/support`];
  const mirrored = ['src/', 'app/', ''].map(root => `${root}${folder}/`);
  const isMirror =
    folder !== '' && [...paths].some(source => mirrored.some(prefix => source.startsWith(prefix)));
  return isMirror ? [] : [`${path} mirrors no folder`];
}

/** Names that may stand for a person in an example's path. */
const EXAMPLES = '(?:ada|alice|bob|you|me|user|name|someone)';

/** Nothing says whose machine the work was done on. `here` are paths and hosts of this machine. */
export function judgeTraces({ path, text }: HouseFile, here: readonly string[]): string[] {
  const patterns = [
    new RegExp(
      `(?:/home|/Users|[A-Za-z]:\\\\{1,2}Users)[/\\\\]{1,2}(?!${EXAMPLES}[/\\\\"'\`\\s])[\\w.-]+[/\\\\]`,
    ),
    /(?<![\w.-])\/root\//,
    /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.\w+/i,
    /\b(?:artifactor[y]|jfro[g]|verdacci[o])\b/i,
    ...here.map(name => new RegExp(`(?<![\\w.-])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`)),
  ];
  return patterns.flatMap(pattern => {
    const hit = pattern.exec(text)?.[0];
    return hit === undefined ? [] : [`${path} names ${hit}`];
  });
}

interface LockedPackage {
  resolved?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Readonly<Record<string, string>>;
}

const OWN_SCRIPTS = new Set(['node', 'fsevents', 'electron-winstaller'].map(name => `node_modules/${name}`));

/**
 * The lock file names no registry, knows the packages of every platform (npm ci refuses it otherwise), and no
 * package but these wants a script run when it is installed: `node`, which is fetched otherwise, and two that only
 * other systems have a use for.
 */
export function judgeLock(text: string): string[] {
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, LockedPackage>> };
  return Object.entries(packages).flatMap(
    ([path, { resolved, hasInstallScript, optionalDependencies = {} }]) => [
      ...(resolved === undefined ? [] : [`${path} is resolved to ${resolved}`]),
      ...(hasInstallScript && !OWN_SCRIPTS.has(path) ? [`${path} has an install script`] : []),
      ...Object.keys(optionalDependencies)
        .filter(name => !isLocked(packages, path, name))
        .map(name => `${path} may need ${name}, which is not locked`),
    ],
  );
}

/** Looks for a package where Node would: beside the one that asks, then outwards. */
function isLocked(packages: Readonly<Record<string, LockedPackage>>, path: string, name: string): boolean {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1))) {
    if (`${from === '' ? '' : `${from}/`}node_modules/${name}` in packages) return true;
    if (from === '') return false;
  }
}
