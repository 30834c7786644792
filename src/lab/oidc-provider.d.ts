/** The little of oidc-provider 9 that the lab uses; the package brings no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Token {
    jti: string;
    grantId?: string;
    accountId?: string;
    clientId?: string;
    aud?: string;
    scope?: string;
    exp?: number;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  export interface Client {
    clientId: string;
    clientName?: string;
    metadata(): Record<string, unknown>;
    grantTypeAllowed(type: string): boolean;
  }

  export interface Interaction {
    uid: string;
    prompt: { name: string };
    params: Record<string, unknown>;
    session?: { accountId: string };
  }

  export interface Context {
    path: string;
    method: string;
    type: string;
    body: unknown;
    response: { headers: Record<string, string | string[] | number | undefined> };
    set(headers: Record<string, string>): void;
    oidc?: { params?: Record<string, unknown>; route?: string; result?: { consent?: { grantId?: string } } };
  }

  export interface StoredModel {
    grantId?: string;
    uid?: string;
    userCode?: string;
    consumed?: number;
  }

  export interface Adapter {
    upsert(id: string, payload: StoredModel, expiresIn?: number): Promise<void>;
    find(id: string): Promise<StoredModel | undefined>;
    findByUid(uid: string): Promise<StoredModel | undefined>;
    findByUserCode(userCode: string): Promise<StoredModel | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  type Finder<T> = { find(id: string): Promise<T | undefined> };

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    readonly issuer: string;
    silent: boolean;
    AccessToken: Finder<Token>;
    ClientCredentials: Finder<Token>;
    Client: Finder<Client>;
    Grant: Finder<Grant> & (new (input: { accountId: string; clientId: string }) => Grant);
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this;
    on(event: 'grant.revoked', listener: (ctx: Context, grantId: string) => void): this;
    on(
      event:
        | 'access_token.issued'
        | 'access_token.saved'
        | 'client_credentials.issued'
        | 'client_credentials.saved'
        | 'refresh_token.saved'
        | 'authorization_code.saved',
      listener: (token: Token) => void,
    ): this;
    on(
      event: 'grant.success' | 'registration_create.success' | 'server_error' | 'error',
      listener: (ctx: Context) => void,
    ): this;
    callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>;
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>;
    interactionFinished(
      req: IncomingMessage,
      res: ServerResponse,
      result: Record<string, unknown>,
      options?: { mergeWithLastSubmission?: boolean },
    ): Promise<void>;
  }

  export const errors: { InvalidTarget: new () => Error };

  export default Provider;
}
