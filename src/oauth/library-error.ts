import { ResponseBodyError, WWWAuthenticateChallengeError } from 'oauth4webapi';
import { Fault } from '../base/fault.ts';

/** openid-client wraps what the fetch it was given throws; a Fault in there is the real reason. */
export function thrownByFetch(error: unknown): unknown {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof Fault) return inner;
  }
  return error;
}

/** The status of a response the library could not use. */
export function statusOf(error: unknown): number | undefined {
  return responseOf(error)?.status;
}

/** The response an error is about; the library keeps one that it could not use as the cause. */
export function responseOf(error: unknown): Response | undefined {
  if (error instanceof WWWAuthenticateChallengeError || error instanceof ResponseBodyError)
    return error.response;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Response) return cause;
  return cause instanceof Error ? responseOf(cause) : undefined;
}

/** Whether there was no answer within the time given for it. */
export function isTimeout(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  return (
    name === 'AbortError' || name === 'TimeoutError' || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT'
  );
}

/** Statuses below 500 that ask to come again: Request Timeout, Too Early, Too Many Requests. */
const OUT: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether a status says that the server is out of order or overloaded, and may serve later. */
export function isOutage(status: number | undefined): boolean {
  return status !== undefined && (status >= 500 || OUT.has(status));
}
