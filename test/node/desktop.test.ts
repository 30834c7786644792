import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { recordedProgram, recordProgram } from '../../src/node/desktop.ts';
import { temporaryFolder } from '../support/temporary.ts';

let folder: string;
let app: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  app = join(folder, 'app');
  writeFileSync(app, '');
  chmodSync(app, 0o755);
});

const place = () => join(folder, 'desktop.json');
const write = (record: unknown) => writeFileSync(place(), JSON.stringify(record), { mode: 0o600 });

describe('where the desktop app is', () => {
  test('is known once it was written down', () => {
    expect(recordedProgram(folder)).toBeUndefined();
    recordProgram(folder, app, '99.0.0');
    expect(recordedProgram(folder)).toBe(app);
    // A version that cannot be compared may well be newer.
    recordProgram(folder, app, 'next');
    expect(recordedProgram(folder)).toBe(app);
  });

  test('counts for nothing where the app is older than this version', () => {
    recordProgram(folder, app, '0.0.1');
    expect(recordedProgram(folder)).toBeUndefined();
  });

  test.each<[string, () => void]>([
    ['is no JSON', () => writeFileSync(place(), 'app', { mode: 0o600 })],
    ['is a list', () => write([app])],
    ['names no path', () => write({ version: '99.0.0' })],
    ['names a relative path', () => write({ path: './app', version: '99.0.0' })],
    ['names what is not there', () => write({ path: join(folder, 'nothing'), version: '99.0.0' })],
    ['names a folder', () => write({ path: folder, version: '99.0.0' })],
    ['can be written by others', () => chmodSync(place(), 0o622)],
    [
      'is a link',
      () => {
        writeFileSync(join(folder, 'elsewhere'), JSON.stringify({ path: app, version: '99.0.0' }));
        symlinkSync(join(folder, 'elsewhere'), place());
      },
    ],
    ['names what others can write to', () => chmodSync(app, 0o777)],
    ['names what cannot be started', () => chmodSync(app, 0o644)],
  ])('is not believed where the record %s', (_what, spoil) => {
    if (!['is a link'].includes(_what)) recordProgram(folder, app, '99.0.0');
    spoil();
    expect(recordedProgram(folder)).toBeUndefined();
  });
});
