import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
import { type Included, isPattern, type ReadIncluded, segmentMatcher } from '../mend/nginx/included.ts';

/** Bytes of one file. Configuration is a few hundred. */
const LARGEST = 4 * 1024 * 1024;
/** Files that one pattern may lead to. */
const MOST = 1_000;

/**
 * Where nginx looks for what it includes by a relative path: the folder of its main file. That is the file itself,
 * or the nginx.conf of the nearest folder above it.
 */
export function nginxFolder(file: string): string {
  const own = dirname(resolve(file));
  if (basename(file) === 'nginx.conf') return own;
  for (let folder = own; folder !== parse(folder).root; folder = dirname(folder))
    if (existsSync(join(folder, 'nginx.conf'))) return folder;
  return own;
}

/**
 * Reads what `main` and the files it includes name, as nginx finds it: relative paths from `folder`. Devices and
 * pipes are not read. Throws nothing; what cannot be read is said.
 */
export function includedFrom(folder: string, main: string): ReadIncluded {
  const called = (path: string) => (path === resolve(main) ? main : path);
  return include => {
    const path = isAbsolute(include) ? include : join(folder, include);
    const unread: Included['unread'][number][] = [];
    const miss = (at: string, thrown: unknown) => {
      unread.push({ path: at, why: whyOf(thrown) });
    };
    const paths = isPattern(include) ? matching(path, miss) : [path];
    if (paths.length > MOST)
      miss(path, new Error(`More than ${MOST} files are meant; the rest was left out.`));
    const files = paths.slice(0, MOST).flatMap(each => {
      try {
        return [{ path: called(each), text: readPlain(each) }];
      } catch (error) {
        miss(each, error);
        return [];
      }
    });
    return { files, unread };
  };
}

/** Paths that a pattern leads to, in the order of their names. None is no fault; that its folder is missing is said. */
function matching(pattern: string, miss: (path: string, thrown: unknown) => void): string[] {
  const { root } = parse(pattern);
  let found = [root];
  let isCertain = true;
  for (const segment of pattern.slice(root.length).split(sep)) {
    if (segment === '') continue;
    const next: string[] = [];
    for (const folder of found) {
      if (!isPattern(segment)) {
        if (existsSync(join(folder, segment))) next.push(join(folder, segment));
        else if (isCertain) miss(join(folder, segment), new Error('There is no such folder.'));
        continue;
      }
      const matches = segmentMatcher(segment);
      try {
        for (const name of readdirSync(folder).sort()) if (matches(name)) next.push(join(folder, name));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code !== 'ENOENT' && code !== 'ENOTDIR') miss(folder, error);
      }
      if (next.length > MOST) break;
    }
    isCertain &&= !isPattern(segment);
    found = next;
  }
  return found;
}

function readPlain(path: string): string {
  // Without waiting for whoever writes into a pipe.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('It is not a file.');
    if (stat.size > LARGEST) throw new Error('It is too large for a configuration.');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function whyOf(thrown: unknown): string {
  switch ((thrown as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'There is no such file.';
    case 'EACCES':
    case 'EPERM':
      return 'Reading it is not permitted; run this as a user who may.';
    case 'EISDIR':
      return 'It is not a file.';
    case 'ELOOP':
      return 'Its links lead in a circle.';
    default:
      return thrown instanceof Error && !('code' in thrown) ? thrown.message : 'It cannot be read.';
  }
}
