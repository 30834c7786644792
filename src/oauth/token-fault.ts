import * as client from 'openid-client';
import { Fault, type FaultOptions } from '../base/fault.ts';
import { isOutage, isTimeout, responseOf, statusOf, thrownByFetch } from './library-error.ts';
import { answeredWith } from './said.ts';

/**
 * Errors that say that a grant is over: RFC 6749 §5.2 and what real servers say in its place, in lower case.
 * Those of OpenID Connect Core §3.1.2.6 mean that a person has to be there.
 */
const OVER: ReadonlySet<string> = new Set([
  'invalid_grant',
  'unsupported_grant_type',
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
  'expired_token',
  // GitHub, Slack, HubSpot
  'bad_refresh_token',
  'invalid_refresh_token',
  'token_expired',
  'token_revoked',
]);
/** The same said in a sentence beside an error that means something else. */
const DEAD =
  /\b(invalid|expired|revoked|unknown)\W+refresh[ _]token\b|\brefresh[ _]token\W+(is |was |has |been |not )*(invalid|valid|expired|revoked|unknown|found)\b/i;
/** Statuses of an endpoint that is not where it was. */
const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 404, 405, 410]);
const AGAIN = 'It is tried again by itself.';

/** For an error that calls for nothing in particular. RFC 8707 §2 has `invalid_target`; Entra ID has its own. */
export function remedyFor(error: { error: string; error_description?: string | undefined }): string {
  return error.error === 'invalid_target' ||
    /\bresource\b\W+(?:\w+\W+)?parameter/i.test(error.error_description ?? '')
    ? 'If the server wants another resource parameter, name it with --resource, or leave it out with --resource "".'
    : '`keybridge trace` shows what was sent and what came back.';
}

/** Whether a request may have been taken although its answer never came: the connection broke. */
export function isAnswerLost(thrown: unknown): boolean {
  const error = thrownByFetch(thrown);
  return error instanceof Fault && error.code === 'net.failed';
}

/**
 * What went wrong at a token endpoint, as the Fault it is. In its `data`: `retryAfter`, seconds the server
 * asks to be left alone (RFC 9110 §10.2.3), `endpoint: moved` where nobody answers as a token endpoint, and
 * `definite: yes` where the status says that asking again as it is will not help (RFC 9110 §15.5).
 */
export function tokenFault(thrown: unknown, issuer: string, now = Date.now()): Fault {
  const error = thrownByFetch(thrown);
  const response = responseOf(error);
  const definite: Readonly<Record<string, string>> = isDefinite(statusOf(error)) ? { definite: 'yes' } : {};
  const unavailable = (message: string, { data, ...more }: FaultOptions = {}) => {
    const pause = retryAfter(response, now);
    const known = { ...data, ...(pause === undefined ? {} : { retryAfter: String(pause) }) };
    return new Fault('token.unavailable', message, {
      cause: error,
      remedy: AGAIN,
      ...more,
      ...(Object.keys(known).length > 0 ? { data: known } : {}),
    });
  };
  if (error instanceof Fault) {
    if (!error.code.startsWith('net.')) return error;
    const { code, message, remedy = AGAIN } = error;
    // A server that is gone, with its name or its port; a machine without a network looks the same.
    const gone = code === 'net.dns' || code === 'net.refused';
    return unavailable(message, { remedy, ...(gone ? { data: { endpoint: 'moved' } } : {}) });
  }
  if (error instanceof client.ResponseBodyError) {
    const said = `${issuer} answered ${answeredWith(error)}`;
    const name = error.error.toLowerCase();
    if (isOutage(error.status) || name === 'temporarily_unavailable' || name === 'server_error') {
      return unavailable(`${said}.`);
    }
    if (OVER.has(name) || DEAD.test(error.error_description ?? '')) {
      return new Fault('token.invalid-grant', `${said}.`, { cause: error, remedy: 'Sign in again.' });
    }
    if (name === 'invalid_client' || name === 'unauthorized_client')
      return stale(`${said}: it does not know this client any more.`, error);
    return new Fault('token.refused', `${said}.`, {
      cause: error,
      remedy: remedyFor(error),
      data: definite,
    });
  }
  const status = statusOf(error);
  if (status === 401) return stale(`${issuer} does not know this client any more (status 401).`, error);
  if (isTimeout(error) || isOutage(status)) {
    return unavailable(
      `${issuer} did not answer a token request${status ? ` (status ${status})` : ' in time'}.`,
    );
  }
  if (status !== undefined && MOVED.has(status)) {
    return unavailable(`Where ${issuer} took token requests there is nothing now (status ${status}).`, {
      data: { endpoint: 'moved', ...definite },
    });
  }
  if (response && response.headers.get('content-type') !== 'application/json') {
    return unavailable(
      `${issuer} answered a token request with something other than JSON (status ${status}), as gateways do.`,
      { data: definite },
    );
  }
  return new Fault('token.refused', `${issuer} did not answer a token request as RFC 6749 has it.`, {
    cause: error,
    remedy: '`keybridge trace` shows the answer.',
    data: definite,
  });
}

/** Whether a status blames the request, and not the moment. RFC 9110 §15.5. */
function isDefinite(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && !isOutage(status);
}

function stale(message: string, cause: unknown): Fault {
  return new Fault('registration.stale', message, {
    cause,
    remedy: 'Sign in again; Keybridge registers anew where the server lets it.',
  });
}

/** Seconds, from a number of them or a date. RFC 9110 §10.2.3. */
function retryAfter(response: Response | undefined, now: number): number | undefined {
  const field = response?.headers.get('retry-after')?.trim();
  if (!field) return undefined;
  if (/^\d{1,9}$/.test(field)) return Number(field);
  const date = Date.parse(field);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
