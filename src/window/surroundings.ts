import type { NetworkSettings, World } from '../base/world.ts';
import type { Broker } from '../broker/broker.ts';
import type { BridgeSettings } from '../broker/settings.ts';
import type { Instruments } from '../doctor/examine.ts';
import type { PreferencesFile } from './preferences-file.ts';

/** A server of the lab that runs. */
export interface RunningLab {
  url: string;
  close(): Promise<void>;
}

/** The practice servers, where they are part of this installation. */
export interface LabHouse {
  list(): Promise<readonly { name: string; title: string; codes: readonly string[] }[]>;
  start(name: string): Promise<RunningLab>;
}

/** What the desk is put into: the broker, and what only the process around it has. */
export interface Surroundings {
  version: string;
  kind: 'headless' | 'desktop';
  world: World;
  broker: Broker;
  /** How this process's own environment has the network reached. */
  network: NetworkSettings;
  instruments(network: NetworkSettings): Instruments;
  /** Reads the words behind `keybridge` or `mcp-remote` as a command line does, with no environment. Throws `usage.*`. */
  readCommand(words: readonly string[]): BridgeSettings;
  /** Puts another vault in place, with everything that is kept, and remembers it. Throws `vault.*` and `store.*`. */
  chooseVault(kind: 'keychain' | 'file'): Promise<void>;
  preferences: PreferencesFile;
  lab: LabHouse;
}
