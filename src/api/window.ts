import type { FaultJson } from '../base/fault.ts';
import type { Target, Transport } from '../broker/settings.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import type { Overrides } from '../doctor/overrides.ts';
import type { SideBySide } from '../doctor/side-by-side.ts';
import type { Step } from '../doctor/steps.ts';
import type { ProxyName } from '../mend/mending.ts';
import type { HostHeader } from '../mend/site.ts';
import type { ClientRegistration } from '../oauth/grant.ts';
import type { Exchange, ExchangeId, SpanRecord, TraceEvent } from '../trace/event.ts';
import type { TraceRow } from '../trace/row.ts';
import type { TraceForm } from '../trace/save.ts';
import type { Api, ServerStatus, Status } from './contract.ts';
import type { Methods } from './rpc.ts';

/**
 * What a window may ask, beside what a terminal may. No method ever answers with a secret; those a person
 * types (a client secret, a header's value) go one way only.
 */
export interface WindowApi extends Pick<Api, 'status' | 'deliver' | 'stop'> {
  /** Everything but the trace; then each change: the parts that are other than before, whole. */
  watch(): AsyncIterable<Snapshot | Change>;

  /** What a pasted text asks for: a URL, a command line of mcp-remote's or ours, a host's JSON. Changes nothing. */
  readPasted(text: string, profile?: string): Promise<PastedServer[]>;
  /**
   * Takes the servers of a pasted text that {@link WindowApi.readPasted} finds no fault with into the list, as
   * `profile` where one is named. One that is there already stays as it is. Throws `usage.*` where there is none.
   */
  addServers(text: string, profile?: string): Promise<Target[]>;
  /** Throws `usage.*` for what cannot be, the field's name in `data.field` where it is one's fault. */
  changeServer(target: Target, change: ServerChange): Promise<void>;
  /** Takes it from the list; sign-ins stay, which `forget` is for. */
  removeServer(target: Target): Promise<void>;
  signOut(target: Target): Promise<boolean>;
  forgetServer(target: Target): Promise<void>;
  /** What a host's configuration says to use the server through Keybridge: JSON, to be pasted. No secret in it. */
  hostEntry(target: Target): Promise<string>;

  /** Signs in. Where a flow waits it goes on with {@link WindowApi.goOn}. Whoever stops listening ends it. */
  signIn(target: Target, how: 'at-once' | 'step-by-step'): AsyncIterable<FlowEvent>;
  /** Lets a flow that waits take its next step. */
  goOn(flow: string): Promise<void>;

  /** The doctor, in this process: what is asked, as it is asked, then the diagnosis. */
  examine(request: ExamineRequest): AsyncIterable<ExamineEvent>;
  /**
   * Keeps an examination; later ones of its target say what has changed since. Throws `examination.gone` for one
   * that is no longer known, `usage.flag` for one of one part only.
   */
  saveBaseline(examination: string): Promise<void>;
  /**
   * The configurations of an examination's diagnosis once more, for a server that runs elsewhere or is called by
   * another name. Throws `examination.gone`, and `usage.*` for an upstream that cannot be.
   */
  proxyConfigurations(examination: string, choice: ProxyChoice): Promise<ProxyMending[]>;
  /** An examination as a report; `text` is what the terminal prints. Throws `examination.gone`. */
  exportExamination(examination: string, form: ReportForm): Promise<string>;

  /** The trace as rows in batches: the newest first, then older ones, and from then on what happens. */
  events(): AsyncIterable<TraceBatch>;
  /** One exchange or message whole, as it is known now. `undefined` when it was dropped. */
  event(seq: number): Promise<TraceEvent | undefined>;
  exchange(id: ExchangeId): Promise<Exchange | undefined>;
  /** Numbers of the events in which a text stands, bodies included, whatever its case; the newest first. */
  search(text: string): Promise<number[]>;
  /** The trace, or some events of it, as a file in pieces: Keybridge's own, HAR 1.2, or Markdown. */
  exportTrace(form: TraceForm, seqs?: readonly number[]): AsyncIterable<string>;
  /** An exchange as a curl command; secrets are left to be filled in. */
  curl(id: ExchangeId): Promise<string>;

  labCatalogue(): Promise<LabEntry[]>;
  /** Starts one, answering when it listens. Throws `internal` where the lab is not part of this installation. */
  startLab(name: string): Promise<LabServer>;
  stopLab(id: string): Promise<void>;

  changePreferences(change: Partial<Preferences>): Promise<void>;
  /** The stable callback's port from the next sign-in on; clients are registered anew for it. Throws `usage.flag`. */
  chooseCallbackPort(port: number): Promise<void>;
  /** Where secrets live from now on; what is kept moves there. Throws `vault.*` and `store.*`. */
  chooseVault(kind: 'keychain' | 'file'): Promise<void>;
  /** Asks the system to unlock the keychain. Throws `vault.*`. */
  unlockVault(): Promise<void>;
}

const OWN_STREAMS = [
  'watch',
  'signIn',
  'examine',
  'events',
  'exportTrace',
] as const satisfies (keyof WindowApi)[];
const OWN_METHODS = [
  'readPasted',
  'addServers',
  'changeServer',
  'removeServer',
  'signOut',
  'forgetServer',
  'hostEntry',
  'goOn',
  'saveBaseline',
  'proxyConfigurations',
  'exportExamination',
  'event',
  'exchange',
  'search',
  'curl',
  'labCatalogue',
  'startLab',
  'stopLab',
  'changePreferences',
  'chooseCallbackPort',
  'chooseVault',
  'unlockVault',
] as const satisfies (keyof WindowApi)[];

/** The names of {@link WindowApi}, for a wire. A window does not sign in or follow as a terminal does. */
export const WINDOW: Methods = {
  all: new Set<string>([...OWN_STREAMS, ...OWN_METHODS, 'status', 'deliver', 'stop']),
  streams: new Set<string>(OWN_STREAMS),
};

export interface Snapshot {
  seq: number;
  broker: { version: string; pid: number; startedAt: number; home: string; kind: 'headless' | 'desktop' };
  vault: Vault;
  servers: readonly KnownServer[];
  lab: readonly LabServer[];
  preferences: Preferences;
  /** What was found of the surroundings: proxies and certificates as the environment has them. No credentials. */
  network: {
    proxies: readonly { variable: string; origin: string }[];
    /** The file named by NODE_EXTRA_CA_CERTS. */
    extraCa?: string;
    trouble?: FaultJson;
  };
  /** The stable callback's redirect URI, once it listens, and what keeps it from that. */
  callback: { redirectUri?: string; trouble?: FaultJson };
}

/** The parts that are other than before. A part that is absent is as it was. */
export type Change = { seq: number } & Partial<Omit<Snapshot, 'seq'>>;

export interface Vault {
  kind: Status['vault']['kind'];
  /** `locked`: also while the system asks its user. `unavailable`: there is no keychain, and nobody chose otherwise. */
  state: 'open' | 'locked' | 'unavailable';
  note?: string;
}

/** A server of the window's list, or one that a host uses or that a sign-in is kept for. */
export interface KnownServer extends ServerStatus {
  /** Put into the list by somebody. */
  listed: boolean;
  /** What somebody has called it. */
  name?: string;
  /** What it is called where there is little room: that, or its host and path. No two are called the same. */
  title: string;
  settings: ServerSettings;
}

/** What the window has for a server. Secrets are only said to be there. */
export interface ServerSettings {
  scopes?: readonly string[];
  /** The empty string: none is sent. */
  resource?: string;
  clientId?: string;
  hasClientSecret: boolean;
  clientMetadataUrl?: string;
  /** Names of header fields; their values are secrets. */
  headers: readonly string[];
  /** Certificates in PEM, trusted beside the system's. */
  extraCa?: string;
  assumePkce: boolean;
  allowPrivate: boolean;
  allowHttp: boolean;
  transport: Transport;
  preset?: string;
  /** Secrets that lasted only as long as the broker before: they are to be typed again. */
  secretsMissing?: boolean;
  /** What the client's registration has to name, of a client that is registered by hand. */
  redirectUri?: string;
}

/** `undefined` (or absent): as it was. `null`: taken away. */
export interface ServerChange {
  name?: string | null;
  scopes?: readonly string[] | null;
  resource?: string | null;
  clientId?: string | null;
  clientSecret?: string | null;
  clientMetadataUrl?: string | null;
  /** By name; `null` takes one away. */
  headers?: Readonly<Record<string, string | null>>;
  extraCa?: string | null;
  assumePkce?: boolean;
  allowPrivate?: boolean;
  allowHttp?: boolean;
  transport?: Transport;
  preset?: string | null;
}

/** One server that a pasted text names. */
export interface PastedServer {
  /** As the JSON calls it, where it does. */
  name?: string;
  /** Absent where the text names none that can be. */
  target?: Target;
  settings?: ServerSettings;
  /** Already in the list. */
  known: boolean;
  /** Why it cannot be taken. */
  problem?: FaultJson;
}

/** The five who talk to each other while somebody signs in. */
export type Party = 'host' | 'keybridge' | 'browser' | 'authorization-server' | 'mcp-server';

/** One arrow of a sign-in: something that was sent, or is about to be. */
export interface FlowArrow {
  id: string;
  from: Party;
  to: Party;
  kind:
    | 'request'
    | 'challenge'
    | 'resource-metadata'
    | 'server-metadata'
    | 'registration'
    | 'authorization'
    | 'callback'
    | 'token'
    | 'call';
  /** A few words in English, such as `POST /register`. */
  title: string;
  state: 'next' | 'running' | 'done' | 'failed' | 'skipped';
  exchanges: readonly ExchangeId[];
  /** What will be, or was, sent: names and values as they may be shown, each with why it stands there. */
  fields: readonly FlowField[];
}

export interface FlowField {
  name: string;
  /** Secrets and one-time values as `(hidden, 43 characters)`. */
  value: string;
  /** The term to explain: `code_challenge`, `state`, `resource`, `scope` …; absent where the name says it. */
  term?: string;
}

export type FlowEvent =
  /** The first; `flow` names it for `goOn`. */
  | { kind: 'started'; flow: string; serverHost: string }
  /** An arrow that is new, or has changed. */
  | { kind: 'arrow'; arrow: FlowArrow }
  /** It waits for `goOn`. Before the browser opens it always does, and says whose hosts are involved. */
  | {
      kind: 'waiting';
      before: FlowArrow['kind'];
      /** `token`: where what is allowed on that page goes, to be confirmed because it is another's. */
      hosts?: { server: string; issuer: string; authorize: string; token?: string };
    }
  /** It waits no more. */
  | { kind: 'going-on' }
  /** The link; `opened`: a tab shows it already. */
  | { kind: 'link'; url: string; opened: boolean; userCode?: string }
  | { kind: 'registered'; clientId: string; source: ClientRegistration['source'] }
  | { kind: 'note'; text: string }
  /** What the token says, or the authorization server says of it, against what was asked for. Never the token. */
  | { kind: 'claims'; claims: readonly TokenClaim[]; format: 'jwt' | 'opaque' }
  | { kind: 'signed-in'; server: ServerStatus; tokenNeeded: boolean };

export interface TokenClaim {
  name: 'aud' | 'iss' | 'scope' | 'exp' | 'client_id' | 'sub' | 'token_type' | 'refresh_token';
  value: string;
  expected?: string;
  verdict: 'as-expected' | 'other' | 'missing' | 'information';
}

export interface ExamineRequest {
  /** A server's or an issuer's URL. */
  url: string;
  /** With the settings and headers of a server of the list. */
  target?: Target;
  /** Also what leaves a trace at the server. */
  active?: boolean;
  /** One part only, as `keybridge doctor --only` has it. */
  only?: Step;
  /** In place of what was found. */
  resourceMetadata?: string;
  issuers?: readonly string[];
  overrides?: Overrides;
}

export type ExamineEvent =
  | { kind: 'progress'; text: string }
  /** Sent again whenever something of it becomes known. */
  | { kind: 'exchange'; exchange: Exchange }
  /** All questions so far. */
  | { kind: 'probes'; probes: readonly ProbeRow[] }
  /** The last. `examination` names it for saving and for reports; its exchanges have come before, one by one. */
  | {
      kind: 'diagnosis';
      examination: string;
      diagnosis: Diagnosis;
      probes: readonly ProbeRow[];
      sides: readonly SideBySide[];
      /** Configurations that mend it, one for each proxy, where that is what helps. */
      mendings: readonly ProxyMending[];
    };

/** What goes into a proxy's configuration, as `keybridge fix` writes it. */
export interface ProxyMending {
  /** The proxy. */
  name: ProxyName;
  title: string;
  /** The server's answers name it. */
  isRecognized: boolean;
  /** Where the server runs, as the configuration has it, and whether nobody has said so. */
  upstream: string;
  isAssumed: boolean;
  /** By which name the configuration calls the server. */
  hostHeader: HostHeader;
  /** Where the configuration goes. */
  goes: string;
  /** What was taken for granted, each the rest of a sentence that begins with "Assumed". */
  assumptions: readonly string[];
  configuration: string;
}

/** What a person knows of the server behind a proxy. Absent or empty: it is assumed. */
export interface ProxyChoice {
  /** Where it runs, as the proxy reaches it, with its own path. */
  upstream?: string;
  hostHeader?: HostHeader;
}

/** One question of an examination, in the specification's order. */
export interface ProbeRow {
  id: string;
  /** Where it stands in the tree: the endpoint, resource metadata, one issuer's metadata, … */
  group: 'endpoint' | 'resource' | 'server' | 'further';
  /** Of the group `server`: the issuer. */
  issuer?: string;
  title: string;
  url: string;
  because: string;
  /** `401`, `301 → 200`, why there was no answer, or `not asked`; empty while it is awaited. */
  status: string;
  isGood: boolean;
  milliseconds?: number;
  /** Bytes of the last answer's body. */
  size?: number;
  /** The fields of its answers that say where to go: challenges and redirects. */
  fields: readonly string[];
  exchanges: readonly ExchangeId[];
  /** Codes of the findings that rest on it. */
  findings: readonly string[];
}

export type ReportForm = 'text' | 'json' | 'markdown' | 'sarif' | 'junit' | 'har';

export interface TraceBatch {
  /** New ones, and those of which something has become known. */
  rows: readonly TraceRow[];
  /** Spans that rows rest on. */
  spans: readonly SpanRecord[];
  /** `true` while older events of the trace are still to come. */
  more: boolean;
  /** Events dropped for want of room since the broker began. */
  dropped: number;
  /** No event before this number is kept any longer. */
  oldest: number;
}

export interface LabEntry {
  name: string;
  title: string;
  /** Codes the doctor shows of it; none for a server that is right. */
  codes: readonly string[];
}

export interface LabServer {
  id: string;
  name: string;
  url: string;
}

export interface Preferences {
  theme: 'system' | 'light' | 'dark';
  /** A language tag of the window's, or what the browser asks for. */
  language: 'system' | 'en' | 'zh-Hant' | 'he';
  /** What of the trace goes to disk: nothing, all but bodies, everything. */
  log: 'off' | 'normal' | 'full';
  /** In place of what the environment says, for what the window does. Empty: not any more. */
  proxy?: string;
  /** Certificates in PEM, trusted beside the system's, for what the window does. Empty: none. */
  extraCa?: string;
  welcomed: boolean; // The first steps for newcomers are not shown again.
}
