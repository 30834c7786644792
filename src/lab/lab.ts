import type { AuthorizationServer } from './authorization-server.ts';
import { startAuthorizationServer } from './authorization-server.ts';
import { type LabMcpServer, startMcpServer } from './mcp-server.ts';
import { startSseServer } from './sse-server.ts';

export interface LabOptions {
  /** Port of the MCP server; 0, the default, lets the system choose. The others are given apart. */
  port?: number;
  issuerPort?: number;
  /** The port by which the MCP server is reached when something stands before it. */
  behind?: number;
  ssePort?: number;
  /** Where the MCP server answers; default `/mcp`. */
  path?: string;
  /** False: the MCP server lets everybody in, and the authorization server stands idle. */
  auth?: boolean;
  accessTokens?: 'jwt' | 'opaque';
  /** Signed access tokens name their audience in a list. RFC 7519 §4.1.3. */
  audienceList?: boolean;
  /** The MCP server takes ID tokens, and no access tokens. */
  idTokens?: boolean;
  /** Seconds an access token lives; default 3600. */
  tokenLife?: number;
  /** What every MCP request needs; default `mcp`. */
  scopes?: readonly string[];
  /** What the tool `admin` needs besides; default `mcp:admin`. */
  adminScope?: string;
  /** Plain JSON answers instead of streams. */
  jsonAnswers?: boolean;
  /** Starts an HTTP+SSE server (2024-11-05) too. */
  sse?: boolean;
}

/** An authorization server and an MCP server that both do as they should, until a control says otherwise. */
export interface Lab {
  /** The MCP server's URL, over Streamable HTTP. */
  readonly serverUrl: string;
  /** The URL of the HTTP+SSE server, when there is one. */
  readonly sseUrl: string | undefined;
  readonly issuer: string;
  /** Where both listen: given to the start of another, that one has the same addresses. */
  readonly ports: { port: number; issuerPort: number };
  /** Counters and controls of each. */
  readonly authorization: AuthorizationServer;
  readonly mcp: LabMcpServer;
  readonly sse: LabMcpServer | undefined;
  /** Every token, code, verifier, secret and cookie of the lab, for tests that look where none may be. */
  issuedSecrets(): string[];
  close(): Promise<void>;
}

/**
 * Starts the lab on 127.0.0.1. oidc-provider and the MCP SDK are loaded now; a missing one is Node's own
 * ERR_MODULE_NOT_FOUND. Throws `net.failed` when a port cannot be had.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const scopes = options.scopes ?? ['mcp'];
  const adminScope = options.adminScope ?? 'mcp:admin';
  const started: { close(): Promise<void> }[] = [];
  try {
    const authorization = await startAuthorizationServer({
      port: options.issuerPort ?? 0,
      accessTokens: options.accessTokens ?? 'jwt',
      audienceList: options.audienceList ?? false,
      idTokens: options.idTokens ?? false,
      tokenLife: options.tokenLife ?? 3600,
      scopes: [...scopes, adminScope],
      defaultScopes: scopes,
    });
    started.push(authorization);
    const guarded = { scopes, adminScope, ...(options.auth === false ? {} : { authorization }) };
    const mcp = await startMcpServer({
      ...guarded,
      port: options.port ?? 0,
      ...(options.behind === undefined ? {} : { behind: options.behind }),
      path: options.path ?? '/mcp',
      jsonAnswers: options.jsonAnswers ?? false,
    });
    started.push(mcp);
    const sse = options.sse ? await startSseServer({ ...guarded, port: options.ssePort ?? 0 }) : undefined;
    if (sse) started.push(sse);
    return {
      serverUrl: mcp.url,
      sseUrl: sse?.url,
      issuer: authorization.issuer,
      ports: { port: Number(new URL(mcp.url).port), issuerPort: Number(new URL(authorization.issuer).port) },
      authorization,
      mcp,
      sse,
      issuedSecrets: () => authorization.issuedSecrets(),
      close: () => closeAll(started),
    };
  } catch (thrown) {
    await closeAll(started);
    throw thrown;
  }
}

async function closeAll(started: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(started.map(server => server.close()));
}
