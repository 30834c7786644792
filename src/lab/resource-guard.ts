import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import type { AuthorizationServer } from './authorization-server.ts';
import { answerJson } from './loopback.ts';
import type { McpCounters } from './mcp-counters.ts';

export interface GuardOptions {
  authorization: AuthorizationServer;
  /** The server's URL, which is also the audience of its tokens. */
  resource: string;
  /** What every request needs. */
  scopes: readonly string[];
  counters: McpCounters;
}

/** The bearer check before an MCP server. RFC 6750 §3, RFC 9728 §5.1. */
export class ResourceGuard {
  readonly #options: GuardOptions;
  /** Path-inserted: RFC 9728 §3.1. */
  readonly metadataPath: string;
  readonly #metadataUrl: string;

  constructor(options: GuardOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.resource);
    this.metadataPath = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
    this.#metadataUrl = `${origin}${this.metadataPath}`;
  }

  /** Answers with the protected-resource metadata. RFC 9728 §2. */
  sendMetadata(res: ServerResponse): void {
    answerJson(res, 200, {
      resource: this.#options.resource,
      authorization_servers: [this.#options.authorization.issuer],
      scopes_supported: this.#options.scopes,
      bearer_methods_supported: ['header'],
      resource_name: 'Keybridge lab',
    });
  }

  /** Who sends the request; `undefined` when it was refused, and then the answer is sent. */
  async admit(
    req: IncomingMessage,
    res: ServerResponse,
    furtherScopes: readonly string[],
  ): Promise<AuthInfo | undefined> {
    const { authorization, resource, scopes, counters } = this.#options;
    const token = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      counters.unauthorized++;
      this.#refuse(res, 401, { scope: scopes.join(' ') });
      return undefined;
    }
    const verdict = await authorization.check(token, resource);
    if (verdict.kind === 'invalid') {
      counters.unauthorized++;
      const description = { error: 'invalid_token', error_description: verdict.reason };
      this.#refuse(res, 401, { ...description, scope: scopes.join(' ') });
      return undefined;
    }
    const missing = [...scopes, ...furtherScopes].filter(scope => !verdict.scopes.includes(scope));
    if (missing.length > 0) {
      counters.insufficientScope++;
      // Only what is missing: it is for the client to ask for the union with what it has.
      this.#refuse(res, 403, { error: 'insufficient_scope', scope: missing.join(' ') });
      return undefined;
    }
    return {
      token,
      clientId: verdict.clientId,
      scopes: [...verdict.scopes],
      expiresAt: verdict.expiresAt,
      extra: { account: verdict.account },
    };
  }

  #refuse(res: ServerResponse, status: 401 | 403, parameters: Readonly<Record<string, string>>): void {
    const list = Object.entries({ ...parameters, resource_metadata: this.#metadataUrl });
    const challenge = `Bearer ${list.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
    answerJson(res, status, { error: parameters.error ?? 'unauthorized' }, { 'WWW-Authenticate': challenge });
  }
}
