import type { HeaderList } from '../base/world.ts';

/** The session a server gives with its answer: once, or the same twice, in one field or in two; none where it is empty. */
export function sessionIn(headers: HeaderList): string | undefined {
  const given = headers
    .flatMap(([name, value]) => (name.toLowerCase() === 'mcp-session-id' ? [value] : []))
    .join(', ');
  const [first = '', ...others] = given.split(', ');
  return (others.every(each => each === first) ? first : given) || undefined;
}

/** JSON-RPC 2.0 §5.1, Method not found. */
export function isUnknownMethod(body: Uint8Array): boolean {
  return /"code"\s*:\s*-32601\b/.test(new TextDecoder().decode(body.subarray(0, 16 * 1024)));
}

/**
 * Whether a refusal says that the session is over. Streamable HTTP, "Session Management", has 404; 410 says the
 * same, and many servers say it with another status in words of their own.
 */
export function isSessionLost(status: number, body: Uint8Array): boolean {
  const text = new TextDecoder().decode(body.subarray(0, 16 * 1024));
  if (status === 404) return !isUnknownMethod(body);
  if (status === 410) return true;
  if (status === 400 && /not initialized/i.test(text)) return true;
  // A failure while it was carried out is none: the call must not be made twice.
  return status < 500 && /\bsession/i.test(text) && OVER.test(text) && !OTHERWISE.has(status);
}

const OVER =
  /not found|no longer|unknown|invalid|expired|terminated|closed|ended|missing|no valid|does not exist|doesn't exist|required|gone|bad session/i;
/** Statuses that are about something else, whatever the words beside them. */
const OTHERWISE: ReadonlySet<number> = new Set([401, 403, 405, 406, 408, 413, 415, 429]);
