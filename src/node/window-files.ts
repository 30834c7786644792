import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

export interface WindowFile {
  type: string;
  bytes: Buffer;
}

/** Where the build puts the window, beside the program or, from the sources, in dist. */
export function windowFolder(): string {
  const beside = fileURLToPath(new URL('./window/', import.meta.url));
  // By the end of the path: it may lie anywhere below somebody's own src/node.
  return beside.endsWith(join('src', 'node', 'window', sep))
    ? fileURLToPath(new URL('../../dist/window/', import.meta.url))
    : beside;
}

/**
 * The window's files by their paths as a URL has them. They are read once, so that no path of a request ever
 * reaches the disk.
 */
export function readWindow(folder = windowFolder()): ReadonlyMap<string, WindowFile> {
  const files = new Map<string, WindowFile>();
  // By names alone: what else `readdir` can do it does not do inside an ASAR.
  const read = (path: string, url: string) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path)) read(join(path, name), `${url}/${name}`);
      return;
    }
    const type = TYPES[url.slice(url.lastIndexOf('.'))];
    if (type !== undefined) files.set(url === '/index.html' ? '/' : url, { type, bytes: readFileSync(path) });
  };
  read(folder, '');
  return files;
}

/** The one rule that react-aria puts into the page by itself; a test notices when it is another. */
const PRESSABLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

/**
 * What every answer with a file of the window says. `connect` is where it may open its WebSocket, for which
 * 'self' is enough.
 */
export const WINDOW_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${PRESSABLE}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
