import { readFileSync } from 'node:fs';

declare const KEYBRIDGE_VERSION: string | undefined;

/** The version of package.json: put in by the build, read from the file when run from the sources. */
export const VERSION: string =
  typeof KEYBRIDGE_VERSION === 'string'
    ? KEYBRIDGE_VERSION
    : (
        JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
          version: string;
        }
      ).version;
