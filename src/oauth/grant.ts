/** A client as one authorization server knows it. RFC 7591 §3.2.1. */
export interface ClientRegistration {
  issuer: string;
  clientId: string;
  clientSecret?: string;
  /** Seconds since the epoch; 0 or absent: does not expire. */
  clientSecretExpiresAt?: number;
  tokenEndpointAuthMethod: 'none' | 'client_secret_basic' | 'client_secret_post';
  /** How we came by it. A `static` or `metadata-document` client is never registered anew by us. */
  source: 'static' | 'metadata-document' | 'dynamic';
  redirectUris: readonly string[];
  /** Tells apart registrations made with other client metadata of the user's. */
  variant?: string;
  /** RFC 7592, when offered. */
  registrationAccessToken?: string;
  registrationClientUri?: string;
  /** Milliseconds since the epoch. */
  registeredAt: number;
}

/** Which grant a token belongs to. No two servers ever share one. */
export interface GrantKey {
  /** The MCP server's URL as the user gave it, normalized by WHATWG URL. */
  server: string;
  /** The `resource` parameter (RFC 8707), or the empty string when it is left out. */
  resource: string;
  issuer: string;
  clientId: string;
  profile: string;
  /** What the user's own settings say of the client, where they say anything; see `grantMark`. */
  settings?: string;
}

/** What a sign-in ends in. */
export interface Grant {
  key: GrantKey;
  /** What is sent to the server: the access token, or the ID token where the user wants that. */
  accessToken: string;
  /** `--use-id-token` */
  sendsIdToken?: boolean;
  /** The access token, where the ID token is sent in its place: it is ended with the grant. */
  unsentAccessToken?: string;
  /** No user stands behind it: it is renewed by asking again, with these further parameters. */
  ofClient?: { parameters: Readonly<Record<string, string>> };
  refreshToken?: string;
  /** Scopes granted, as far as the server said; else those requested. */
  scope: readonly string[];
  /** Scopes requested at the sign-in, which a step-up asks for again. */
  requestedScope?: readonly string[];
  /** Milliseconds since the epoch; absent when the server did not say. */
  expiresAt?: number;
  obtainedAt: number;
  /** When discovery last said where to refresh and to revoke. Absent in grants of older versions. */
  discoveredAt?: number;
  /** Where to refresh. */
  tokenEndpoint: string;
  /**
   * How far the sign-in could reach; renewals and revocations reach no further. Absent in grants of older
   * versions.
   */
  reach?: 'any' | 'public';
  /** Where to revoke, when the server has such a place. RFC 7009. */
  revocationEndpoint?: string;
}
