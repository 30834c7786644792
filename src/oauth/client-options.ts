import type { JsonObject } from '../base/json.ts';
import type { NetworkSettings } from '../base/world.ts';

/** What a user may say about one server's sign-in, by flag, settings or window. */
export interface ClientOptions {
  /** The `resource` parameter instead of the one discovery finds; the empty string leaves it out. */
  resource?: string;
  /** Scopes to ask for instead of the server's. */
  scope?: readonly string[];
  authorizeParams?: Readonly<Record<string, string>>;
  /** A pre-registered client. RFC 6749 §2.2. */
  staticClient?: StaticClient;
  /** Client metadata that overrides ours at dynamic registration. RFC 7591 §2. */
  clientMetadata?: JsonObject;
  /** The URL of a Client ID Metadata Document. */
  clientMetadataUrl?: string;
  /**
   * How the grant is come by when not through a browser on this machine: with a code entered on any other
   * (RFC 8628), or as the client itself with no user at all (RFC 6749 §4.4).
   */
  grant?: 'device-code' | 'client-credentials';
  /** Where tokens are asked for, in place of all discovery. Only with `client-credentials`. */
  tokenEndpoint?: string;
  /** The ID token is sent to the server in place of the access token. */
  useIdToken?: boolean;
  /** Where the browser comes back to, when a registration names it. */
  callback?: {
    host?: string;
    port?: number;
    path?: string;
    /** The port is the one mcp-remote derives from such a command line; nobody named it. */
    derived?: boolean;
  };
  /** Milliseconds a request waits for a sign-in, and a `login` for its end. */
  authTimeout?: number;
  /** Where the browser goes once the sign-in has succeeded; without it, a page of ours. */
  authSuccessUrl?: string;
  /** The name of the preset to apply in place of the one for the issuer; `none` for none. */
  preset?: string;
  /** The user's word that the authorization server does PKCE with S256 although it does not say so. */
  assumePkce?: boolean;
  /** The user's word that a public server may name authorization servers on private networks (split DNS). */
  allowPrivate?: boolean;
  /**
   * The host where the sign-in's page may be although the issuer is on another site, by the user's word: it is
   * not asked about again.
   */
  pageHost?: string;
  /** Plain http beyond loopback, by the user's word. */
  allowHttp?: boolean;
  network?: NetworkSettings;
}

export interface StaticClient {
  clientId: string;
  clientSecret?: string;
  tokenEndpointAuthMethod?: 'none' | 'client_secret_basic' | 'client_secret_post';
}
