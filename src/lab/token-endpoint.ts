import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Token } from 'oidc-provider';
import { answerJson, type Handler, readBody, withBody } from './loopback.ts';
import type { SecretLog } from './secret-log.ts';

const MAX_BODY = 64 * 1024;
const MAX_TOKENS = 50_000;

interface Counters {
  overlappingRefreshes: number;
  refusedTokenRequests: number;
}

/**
 * What stands before the provider's token endpoint: it writes down the secrets received, counts the
 * refreshes of one grant that overlap, and serves them one after the other, so that of two requests
 * with one refresh token the second is always found out.
 */
export class TokenEndpoint {
  /** How many of the next requests are answered 503. */
  refusals = 0;
  /** Milliseconds. */
  latency = 0;

  readonly #handle: Handler;
  readonly #counters: Counters;
  readonly #secrets: SecretLog;
  /** The grant of each refresh token, used ones included. */
  readonly #grants = new Map<string, string>();
  readonly #underWay = new Map<string, { count: number; last: Promise<void> }>();

  constructor(handle: Handler, counters: Counters, secrets: SecretLog) {
    this.#handle = handle;
    this.#counters = counters;
    this.#secrets = secrets;
  }

  issued(refreshToken: Token): void {
    if (refreshToken.grantId !== undefined) this.#grants.set(refreshToken.jti, refreshToken.grantId);
    for (const oldest of this.#grants.keys()) {
      if (this.#grants.size <= MAX_TOKENS) break;
      this.#grants.delete(oldest);
    }
  }

  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readBody(req, MAX_BODY);
    if (body === undefined) {
      answerJson(res, 413, { error: 'invalid_request' }, { Connection: 'close' });
      return;
    }
    const form = new URLSearchParams(body.toString());
    this.#secrets.addAuthorization(req.headers.authorization);
    for (const name of SECRET_PARAMETERS) this.#secrets.add(...form.getAll(name));

    const refreshToken = form.get('grant_type') === 'refresh_token' ? form.get('refresh_token') : null;
    const grant = refreshToken === null ? undefined : this.#grants.get(refreshToken);
    const serve = () => this.#answer(req, res, body);
    await (grant === undefined ? serve() : this.#inTurn(grant, serve));
  }

  async #answer(req: IncomingMessage, res: ServerResponse, body: Buffer): Promise<void> {
    if (this.latency > 0) await new Promise(resolve => setTimeout(resolve, this.latency));
    if (this.refusals > 0) {
      this.refusals--;
      this.#counters.refusedTokenRequests++;
      answerJson(res, 503, { error: 'temporarily_unavailable' });
      return;
    }
    await this.#handle(withBody(req, body), res);
  }

  async #inTurn(grant: string, serve: () => Promise<void>): Promise<void> {
    const turn = this.#underWay.get(grant) ?? { count: 0, last: Promise.resolve() };
    this.#underWay.set(grant, turn);
    turn.count++;
    this.#counters.overlappingRefreshes = Math.max(this.#counters.overlappingRefreshes, turn.count);
    const mine = turn.last.then(serve);
    turn.last = mine.catch(() => undefined);
    try {
      await mine;
    } finally {
      turn.count--;
      if (turn.count === 0) this.#underWay.delete(grant);
    }
  }
}

const SECRET_PARAMETERS = [
  'code',
  'device_code',
  'code_verifier',
  'refresh_token',
  'client_secret',
  'client_assertion',
];
