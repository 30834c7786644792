import { Broker } from '../../src/broker/broker.ts';
import { parseArguments, sortWords } from '../../src/node/arguments.ts';
import { createInstruments } from '../../src/node/instruments.ts';
import { PreferencesFile } from '../../src/window/preferences-file.ts';
import type { Surroundings } from '../../src/window/surroundings.ts';
import { type FakeWorld, fakeWorld } from './fake-world.ts';

/** What a desk is put into, in memory: a broker with nobody connected, and no environment. */
export function surroundings(world: FakeWorld = fakeWorld(), more: Partial<Surroundings> = {}): Surroundings {
  const broker = new Broker(world, {
    version: '1.2.3',
    pid: 1,
    home: '/home',
    vaultNote: () => undefined,
    stop: async () => {},
  });
  return {
    version: '1.2.3',
    kind: 'headless',
    world,
    broker,
    environment: () => ({ network: {} }),
    program: { command: '/bin/node', args: ['/opt/keybridge.js'], env: {} },
    instruments: createInstruments,
    readCommand: (words, variables = {}) =>
      parseArguments(words, { env: variables, platform: 'linux', readFile: noFiles }).settings,
    sortWords,
    chooseVault: async () => {},
    preferences: new PreferencesFile(world),
    lab: { list: async () => [], start: async () => ({ url: '', close: async () => {} }) },
    ...more,
  };
}

function noFiles(): string {
  throw Object.assign(new Error('Files are not read here.'), { code: 'a window reads no files' });
}
