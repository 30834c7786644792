import type { FaultCode } from '../base/fault.ts';
import type { JsonObject } from '../base/json.ts';
import type { ExchangeId } from '../trace/event.ts';

/** One challenge of a WWW-Authenticate field. RFC 9110 §11.6.1; parameter names in lower case. */
export interface Challenge {
  /** As sent; compare without regard to case. */
  scheme: string;
  /** The first value of each parameter counts. */
  params: Readonly<Record<string, string>>;
  token68?: string;
}

/** What kind of thing was wrong, so that nobody needs to read the sentence. */
export type AttemptProblem =
  /** The network's, under the code of the Fault that ended the request. */
  | Extract<FaultCode, `net.${string}`>
  /** Answered with another status than 200. */
  | 'status'
  /** A redirect that is not followed. */
  | 'redirect'
  /** An address that may not be asked: not https, not a URL. */
  | 'url'
  | 'html'
  | 'not-json'
  /** A JSON object, but of another kind. */
  | 'not-metadata'
  | 'resource-mismatch'
  | 'issuer-mismatch'
  /** Metadata that lacks what a client cannot do without. */
  | 'incomplete';

/** One question discovery asked, and what came of it. A wrong server is data, not a Fault. */
export interface Attempt {
  url: string;
  /** Why this place was asked, a sentence. */
  because: string;
  exchange?: ExchangeId;
  status?: number;
  /** `redirected`: the next attempt is where it led. */
  result: 'found' | 'absent' | 'invalid' | 'unreachable' | 'redirected';
  problem?: AttemptProblem;
  /** What was wrong or odd about it, in plain sentences. */
  detail?: string;
}

export interface Search<T> {
  attempts: readonly Attempt[];
  found?: T;
}

/** Protected-resource metadata, RFC 9728 §2, as far as a client uses it; `raw` is all of it. */
export interface ResourceMetadata {
  url: string;
  resource: string;
  authorizationServers: readonly string[];
  scopesSupported?: readonly string[];
  raw: JsonObject;
}

/** Authorization-server metadata, RFC 8414 §2, as far as a client uses it; `raw` is all of it. */
export interface ServerMetadata {
  url: string;
  issuer: string;
  authorizationEndpoint?: string;
  tokenEndpoint?: string;
  registrationEndpoint?: string;
  revocationEndpoint?: string;
  /** RFC 8628 §4. */
  deviceAuthorizationEndpoint?: string;
  scopesSupported?: readonly string[];
  codeChallengeMethodsSupported?: readonly string[];
  tokenEndpointAuthMethodsSupported?: readonly string[];
  grantTypesSupported?: readonly string[];
  clientIdMetadataDocumentSupported: boolean;
  authorizationResponseIssParameterSupported: boolean;
  raw: JsonObject;
}

/** Everything discovery asked of one MCP server and the authorization servers behind it. */
export interface DiscoveryReport {
  /** The MCP server's URL. */
  server: string;
  /** All challenges of the refusal that started it, and of the probe made when there was none. */
  challenges: readonly Challenge[];
  /** `scope` of the Bearer challenge, split. */
  challengedScope?: readonly string[];
  resourceMetadata: Search<ResourceMetadata>;
  /** One for each issuer, in the order the resource metadata lists them. */
  issuers: readonly { issuer: string; metadata: Search<ServerMetadata> }[];
  /**
   * How the chosen metadata was come by: resource metadata (2025-06-18 and later), metadata on the
   * server's own origin, the default endpoints of 2025-03-26, or the endpoint the user names.
   */
  path: 'resource-metadata' | 'origin-metadata' | 'default-endpoints' | 'named-endpoint' | 'none';
  /** The authorization server to use; absent when none can be used. */
  chosen?: ServerMetadata;
  /**
   * How far requests to addresses out of metadata may reach: `public` unless the MCP server is itself on a
   * private network or on this machine.
   */
  reach: 'any' | 'public';
}
