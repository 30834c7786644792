import type { FaultJson } from '../base/fault.ts';
import type { DiscoveryReport } from '../oauth/report.ts';
import type { Exchange, ExchangeId } from '../trace/event.ts';
import type { Flow } from './flow.ts';

/** What a probe is for; rules look probes up by it. */
export type ProbeKind =
  /** The MCP endpoint, nobody signed in. */
  | 'head'
  | 'get'
  /** POST of `{}`, of `initialize` (2025-11-25) and of a request of 2026-07-28. */
  | 'post-empty'
  | 'post-initialize'
  | 'post-modern'
  /** POST of `initialize` to the same address with, or without, a slash at its end. */
  | 'post-other-slash'
  /** OPTIONS, as a browser asks before it sends a POST from another origin. */
  | 'preflight'
  /** POST of `initialize` with an Origin. */
  | 'post-origin'
  /** POST of `initialize` where the endpoint may be, asked when it is not where it was looked for. */
  | 'endpoint-elsewhere'
  /** GET of the first metadata address without a User-Agent, and with an Origin. */
  | 'no-user-agent'
  | 'resource-origin'
  /** Resource metadata: the address in the challenge, under the path, at the root, and where it must not be. */
  | 'resource-named'
  | 'resource-path'
  | 'resource-root'
  | 'resource-elsewhere'
  /** The well-known address of a path that does not exist; the found address again, past a cache. */
  | 'resource-other-path'
  | 'resource-fresh'
  /** Authorization-server metadata of one issuer, in each form there is; `about` is the issuer. */
  | 'server-oauth'
  | 'server-openid-inserted'
  | 'server-openid-appended'
  /** Where it must not be: at the root for an issuer with a path, appended in OAuth's name. */
  | 'server-elsewhere'
  /** Where clients look for an authorization server when none is named: on the MCP server's own host. */
  | 'fallback-server'
  /** Where some clients look for resource metadata between the right places: behind the path. */
  | 'fallback-resource'
  | 'jwks'
  /** OPTIONS of the token endpoint, as a browser asks before a page of another origin redeems a code. */
  | 'token-preflight'
  /** The authorization page, asked for without a client. */
  | 'authorize-page'
  /** An answer 429 to another question, `about` its kind, which was then asked again as Retry-After has it. */
  | 'limited'
  /** With `--active` only. */
  | 'bad-bearer'
  | 'forwarded-host'
  /** Also with `--login`: a call in a session that nobody opened. */
  | 'unknown-session'
  /** Trial registrations; what was asked for is in the request's body. */
  | 'registration'
  /** Trial registrations that must be refused. */
  | 'registration-dangerous'
  | 'registration-deleted'
  | 'token-without-code'
  | 'authorize-without-pkce'
  | 'authorize-with-pkce'
  /** The same with another loopback port than was registered. */
  | 'authorize-other-port'
  /** With a token of the user's that was issued for another resource. */
  | 'other-token'
  /** With `--login` only: what a program is shown where the browser is sent, and the first calls with the token. */
  | 'authorize-preview'
  | 'call-initialize'
  | 'call-initialized'
  | 'call-tools'
  | 'call-modern'
  | 'call-stream';

/** One question and why it was asked. The answer is in its exchanges: the first, then one for each hop. */
export interface Probe {
  kind: ProbeKind;
  url: string;
  because: string;
  /** What it belongs to where there are several of a kind: an issuer, or the path a document strayed under. */
  about?: string;
  exchanges: readonly ExchangeId[];
  /** It was not asked after all: its host had given no answer by then, or the time was over. */
  notAsked?: true;
}

/** The names behind a target's URLs, asked for in both families. */
export interface NameLookup {
  host: string;
  v4: readonly string[];
  v6: readonly string[];
  /** Why a family has no answer, other than that there is none. */
  failure?: FaultJson;
}

/** What a server showed in the TLS handshake, and who trusts it. */
export interface TlsLook {
  host: string;
  port: number;
  protocol?: string;
  /** Leaf first, as presented. */
  chain: readonly { subject: string; issuer: string; validTo: string }[];
  /** The names the leaf is made out to. */
  names?: string;
  /** Where programs that fetch what a server leaves out, as browsers do, find the certificate of the leaf's issuer. */
  issuerAt?: string;
  /**
   * Node's error code with the bundled authorities only, and with what this machine trusts beside them (the
   * system's store, NODE_EXTRA_CA_CERTS); absent where it is trusted.
   */
  bundled?: string;
  system?: string;
  /** The same in words: for this machine, where that trusts it for the bundled authorities. */
  failure?: FaultJson;
}

/** How this machine's environment has a URL reached. Proxies as they may be shown. */
export interface ProxyLook {
  /** What is set at all, for whatever hosts. */
  configured: readonly { variable: string; origin: string }[];
  /** The proxy that the target is reached through. */
  used?: { variable: string; origin: string };
  /** Why the proxy that is set cannot be one. */
  failure?: FaultJson;
}

/** What this machine shows of other bridges to the target, and of its own ways. Nothing in it is a secret. */
export interface MachineLook {
  /** Running processes of mcp-remote for the target; `clientId` is what their command line names. */
  bridges: readonly { pid: number; clientId?: string }[];
  /** What mcp-remote left on disk for the target. */
  locks: readonly { file: string; pid: number; port: number; isAlive: boolean }[];
  /** The client that mcp-remote has registered for the target. */
  registered?: { file: string; clientId: string };
  /** The callback port of those locks or of mcp-remote, if something listens there: what, and at which addresses. */
  listening?: { port: number; holder?: string; v4: boolean; v6: boolean };
  /** Why a browser may be on another machine than this process. */
  away?: 'ssh' | 'wsl' | 'container';
}

/** A client that was registered to see whether it can be. */
export interface TrialClient {
  issuer: string;
  clientId: string;
  /** Whether the server confirmed that it is gone again. */
  deleted: boolean;
}

/** Something that the user put in the place of what a server says, or sent besides: what, and with which value. */
export interface Override {
  what: string;
  value: string;
}

/** Everything the doctor asked of one target and what came back. Plain data, redacted at recording. */
export interface Examination {
  schema: 1;
  /** The URL as given, and what it was taken for. */
  target: string;
  kind: 'server' | 'issuer';
  /** Milliseconds since the epoch. */
  startedAt: number;
  finishedAt: number;
  probes: readonly Probe[];
  /** What a client that follows the specification finds; absent for an issuer. */
  discovery?: DiscoveryReport;
  exchanges: Readonly<Record<ExchangeId, Exchange>>;
  names: readonly NameLookup[];
  tls: readonly TlsLook[];
  /** How the target is reached from here; absent where nobody looked. */
  proxy?: ProxyLook;
  /** What this machine shows; absent where it was not looked at. */
  machine?: MachineLook;
  /** What the user put in the place of what the servers say; of header fields the name. */
  overridden?: readonly Override[];
  /** With `--active`: the clients registered on trial. */
  trials?: readonly TrialClient[];
  /** With `--login`: one sign-in from its beginning to its end. */
  flow?: Flow;
}
