import type { CustomScheme } from 'electron';
import { WINDOW_HEADERS, type WindowFile } from '../../src/node/window-files.ts';

const SCHEME = 'keybridge';
const HOST = 'window';

/** The one page there is. */
export const WINDOW_URL = `${SCHEME}://${HOST}/`;
/** As Chromium writes the page's origin. */
export const WINDOW_ORIGIN = `${SCHEME}://${HOST}`;

/**
 * What the scheme may do, told to Chromium before it starts.
 *
 * Security 18: not `file:`, whose pages may read files. Secure and standard, so that it has an origin like any
 * web page; it gets around no policy, and has no service workers and no extensions.
 */
export const WINDOW_SCHEME: CustomScheme = {
  scheme: SCHEME,
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    codeCache: true,
    bypassCSP: false,
    allowServiceWorkers: false,
    corsEnabled: false,
    allowExtensions: false,
  },
};

/** Whether an address is one of our own page's. */
export function isWindowUrl(address: string): boolean {
  const url = URL.parse(address);
  // `origin` is "null" for every scheme that is not the web's.
  return url !== null && url.protocol === `${SCHEME}:` && url.host === HOST && url.username === '';
}

/** Answers a request for our scheme from memory: no path of a request ever reaches the disk. */
export function answerFrom(files: ReadonlyMap<string, WindowFile>): (request: Request) => Response {
  return ({ method, url }) => {
    if (!isWindowUrl(url)) return refusal(404);
    if (method !== 'GET') return refusal(405);
    const file = files.get(new URL(url).pathname);
    if (!file) return refusal(404);
    // Security 7: the policy of the window in a browser holds here too.
    const headers = { ...WINDOW_HEADERS, 'content-type': file.type, 'cache-control': 'no-cache' };
    return new Response(new Uint8Array(file.bytes), { headers });
  };
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: WINDOW_HEADERS });
}
