import type { FaultCode, FaultJson } from '../base/fault.ts';
import type { NetworkSettings } from '../base/world.ts';
import type { Load } from '../broker/load.ts';
import type { BridgeSettings, Target } from '../broker/settings.ts';
import type { SignInHosts } from '../oauth/authorization-endpoint.ts';
import type { TraceEvent } from '../trace/event.ts';

/** What a terminal or a window may ask of the broker. No method ever returns a token. */
export interface Api {
  status(): Promise<Status>;
  /** Signs in, showing the link by itself, and proves it with the server. Ends after `signed-in`. */
  login(settings: BridgeSettings): AsyncIterable<LoginEvent>;
  /** Answers a question of {@link Api.login}; `false` where it is not asked any more. */
  confirm(id: string, yes: boolean): Promise<boolean>;
  /** Takes the address a browser was sent back to, pasted by a person. Throws `callback.invalid`. */
  deliver(callbackUrl: string): Promise<void>;
  /** Drops the grants of a server and profile, at the server too. Answers whether there was one. */
  logout(settings: BridgeSettings): Promise<boolean>;
  /** Drops everything known of a server and profile: grants, registrations, remembered answers. */
  forget(settings: BridgeSettings): Promise<boolean>;
  /** The trace as it stands, in order, folded: each exchange once; with `follow` also what happens from then on. */
  trace(follow?: boolean): AsyncIterable<TraceEvent>;
  /**
   * An address that opens the window in a browser of this machine, once, within a minute. Whoever knows one that is
   * not for an argument list can use it.
   */
  window(environment?: WindowEnvironment, use?: WindowUse): Promise<string>;
  /** Ends the broker; shims stay and start another when their host asks for something. */
  stop(): Promise<void>;
}

/** The methods of {@link Api} that answer more than once. */
export const STREAMS: ReadonlySet<string> = new Set<keyof Api>(['login', 'trace']);
export const METHODS: ReadonlySet<string> = new Set<keyof Api>([
  'status',
  'login',
  'confirm',
  'deliver',
  'logout',
  'forget',
  'trace',
  'window',
  'stop',
]);

/** Where the address of a window goes: to the user's eyes alone, or into an argument list that others can read. */
export type WindowUse = 'private' | 'argument';

/** How the environment of whoever opens the window has the network reached. */
export interface WindowEnvironment {
  network: NetworkSettings;
  /** The file named by NODE_EXTRA_CA_CERTS. */
  extraCaFile?: string;
  /** What of it could not be read. */
  trouble?: FaultJson;
}

export type LoginEvent =
  /** `opened`: a browser tab shows the link already; else somebody must follow it. */
  | { kind: 'link'; url: string; opened: boolean; userCode?: string }
  | { kind: 'note'; text: string }
  /** Nothing is opened before this is answered with {@link Api.confirm}: which goes where, in words and by name. */
  | { kind: 'confirm'; id: string; text: string; hosts: SignInHosts }
  | { kind: 'signed-in'; server: ServerStatus; tokenNeeded: boolean };

export interface Status {
  version: string;
  pid: number;
  startedAt: number;
  home: string;
  /** Where the key of the stored grants is, and what the user should know of it. */
  vault: { kind: 'keychain' | 'memory' | 'file'; note?: string; trouble?: FaultCode };
  /** How busy the process is and was, and with whom. */
  load?: Load;
  servers: ServerStatus[];
}

export interface ServerStatus extends Target {
  /** `unknown`: the vault cannot be opened just now. */
  state: 'signed-in' | 'sign-in-pending' | 'signed-out' | 'unknown';
  /** The link of the sign-in that waits for somebody. */
  signInUrl?: string;
  /** What is to be entered there, where it takes a code. */
  userCode?: string;
  /** What has to be confirmed before there is a link: which goes where, and how, in words. */
  unconfirmed?: string;
  issuer?: string;
  scope?: readonly string[];
  /** Milliseconds since the epoch. */
  expiresAt?: number;
  renewable?: boolean;
  /** The sign-in that waits is for these scopes besides; what was granted before goes on meanwhile. */
  stepUp?: readonly string[];
  /** Names of the hosts connected just now, as they call themselves. */
  hosts: string[];
  /** Why the last sign-in failed. */
  failure?: string;
  /** Why the server could not be used the last time it was tried; absent once it could. */
  unusable?: string;
  /** What keeps the access token from being renewed. */
  renewal?: RenewalTrouble;
}

/** Renewals that failed in a row. Times are milliseconds since the epoch. */
export interface RenewalTrouble {
  since: number;
  tries: number;
  /** When it is tried again by itself; absent when it is not: a sign-in is needed. */
  nextAt?: number;
  why: string;
}
