import type { Scheduler } from './scheduler.ts';

/** Header fields in the order they were sent or received, duplicates kept. Names as received. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** How one shim's own environment says the network is to be reached. Never the broker's environment. */
export interface NetworkSettings {
  /** Proxy URLs from HTTP_PROXY, HTTPS_PROXY and NO_PROXY (either case). */
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
  /** The variables that `httpProxy` and `httpsProxy` were read from. */
  httpProxyFrom?: string;
  httpsProxyFrom?: string;
  /** Certificates in PEM from NODE_EXTRA_CA_CERTS, trusted beside Node's own and the system's. */
  extraCa?: string;
  /** Milliseconds for a connection: name, TCP, tunnel and TLS. */
  connectTimeout?: number;
  /** Milliseconds from a request to the head of its response, and between two pieces of a body; 0 for no limit. */
  headersTimeout?: number;
  bodyTimeout?: number;
  /** No IPv6 address is dialled. */
  ipv4?: boolean;
}

export interface DialRequest {
  method: string;
  url: string;
  headers: HeaderList;
  body?: Uint8Array | undefined;
  signal?: AbortSignal | undefined;
  network?: NetworkSettings | undefined;
  /** `public`: an address on a private, link-local or loopback network is refused when it is dialled. */
  reach?: 'any' | 'public' | undefined;
  /** Milliseconds until the response's head must be there; 0 for no limit of our own. */
  headTimeout?: number | undefined;
}

/** What the connection under a response was. Times are in milliseconds. */
export interface Connection {
  address?: string;
  family?: 4 | 6;
  /** True when the connection had been opened for an earlier request. */
  reused: boolean;
  viaProxy?: string;
  tls?: {
    protocol: string;
    /** Leaf first: subject, issuer and last day of validity of each certificate presented. */
    chain: readonly { subject: string; issuer: string; validTo: string }[];
  };
  dns?: number;
  connect?: number;
  tlsHandshake?: number;
}

export interface Dialled {
  /** Redirects are not followed; the body is decoded (gzip, deflate, br) and not yet read. */
  response: Response;
  /** The response's header fields as they came: order and duplicates kept. */
  headers: HeaderList;
  connection: Connection;
}

/** Where a browser comes back to. */
export interface CallbackAddress {
  /** The host as it stands in the redirect URI: `127.0.0.1`, `localhost` or another loopback name. */
  host: string;
  /** 0 lets the system choose; the listener says which. */
  port: number;
  path: string;
}

/** What the browser brought, and how it is answered once the code has been exchanged. */
export interface CallbackArrival {
  /** The whole URL as the browser asked for it. */
  url: URL;
  /** Sends the page. Called exactly once for each arrival. */
  answer(page: CallbackPage): void;
}

export interface CallbackPage {
  status: number;
  /** Plain texts of ours. Nothing from the browser or a server is ever put into the page. */
  title: string;
  text: string;
  /** Where the browser is sent on to, by the user's word; no part of it comes from the browser or a server. */
  location?: string;
}

export interface CallbackListener {
  /** The redirect URI this listener serves. */
  readonly redirectUri: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Throws `vault.unavailable` or `vault.locked`; `undefined` only ever means "not there". */
export interface SecretVault {
  /** Certain once {@link SecretVault.ready} has resolved. */
  readonly kind: 'keychain' | 'memory' | 'file';
  /** Absent where `kind` is certain from the start. Rejects with `vault.unavailable`. */
  ready?(): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  set(name: string, secret: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
}

/** Small files of the state folder, replaced whole (write, fsync, rename) and readable by the owner only. */
export interface Files {
  /** `undefined` only ever means "not there". Throws `store.unwritable` for anything else. */
  read(name: string): Promise<Uint8Array | undefined>;
  replace(name: string, bytes: Uint8Array): Promise<void>;
}

/** Everything the core asks of the outside. Functions take `Pick<World, …>`, never all of it. */
export interface World {
  /** Throws `net.*` faults, or the signal's reason when aborted. */
  dial(request: DialRequest): Promise<Dialled>;
  /** Milliseconds since the epoch. */
  now(): number;
  random(bytes: number): Uint8Array;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Divides the event loop among those whose bytes are worked on. */
  scheduler: Scheduler;
  /** `program`: run with the URL as its last argument in place of the system's opener. Throws `sign-in.browser`. */
  openBrowser(url: URL, program?: string): Promise<void>;
  /** Throws `callback.port-in-use`. `onArrival` is called for each GET of the path with a `state`. */
  listenForCallback(
    address: CallbackAddress,
    onArrival: (arrival: CallbackArrival) => void,
  ): Promise<CallbackListener>;
  vault: SecretVault;
  files: Files;
}
