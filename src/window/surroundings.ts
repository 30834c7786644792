import type { WindowEnvironment } from '../api/contract.ts';
import type { NetworkSettings, World } from '../base/world.ts';
import type { Broker } from '../broker/broker.ts';
import type { BridgeSettings } from '../broker/settings.ts';
import type { Instruments } from '../doctor/examine.ts';
import type { PreferencesFile } from './preferences-file.ts';

/** A server of the lab that runs. */
export interface RunningLab {
  url: string;
  /** Given to the next start of its name, that one has the same addresses. */
  ports?: LabPorts;
  close(): Promise<void>;
}

/** Ports of this machine. */
export interface LabPorts {
  port: number;
  issuerPort: number;
}

/** The practice servers, where they are part of this installation. */
export interface LabHouse {
  list(): Promise<readonly { name: string; title: string; codes: readonly string[] }[]>;
  /** Throws `net.failed` where one of the ports is taken. */
  start(name: string, ports?: LabPorts): Promise<RunningLab>;
}

/** The words of a command line, sorted: a flag that takes a value may be there several times. */
export interface Words {
  places: readonly string[];
  values: ReadonlyMap<string, readonly string[]>;
  flags: ReadonlySet<string>;
}

/** How a host starts this Keybridge. */
export interface Program {
  command: string;
  /** What stands before the server's URL. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** What the desk is put into: the broker, and what only the process around it has. */
export interface Surroundings {
  version: string;
  kind: 'headless' | 'desktop';
  world: World;
  broker: Broker;
  /** The environment of whoever opened the window last. */
  environment(): WindowEnvironment;
  program: Program;
  instruments(network: NetworkSettings): Instruments;
  /**
   * Reads the words behind `keybridge` or `mcp-remote` as a command line does, with these variables and no
   * files. Throws `usage.*`.
   */
  readCommand(words: readonly string[], variables?: Readonly<Record<string, string>>): BridgeSettings;
  /** Sorts such words. Throws `usage.*`. */
  sortWords(words: readonly string[]): Words;
  /** Puts another vault in place, with everything that is kept and what `also` moves, and remembers it. Throws `vault.*` and `store.*`. */
  chooseVault(kind: 'keychain' | 'file', also: () => Promise<void>): Promise<void>;
  preferences: PreferencesFile;
  /** The program that opens links, where this process's environment names one. */
  browser?: string | undefined;
  lab: LabHouse;
}
