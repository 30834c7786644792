import { Fault, type FaultCode } from '../base/fault.ts';
import { asStrings, type JsonObject } from '../base/json.ts';

/** Characters of a link that a browser is to open: beyond them some do not, and no terminal shows it whole. */
const LONGEST_LINK = 16 * 1024;
/** Characters of a token, whatever kind. No header field carries as many. */
const LONGEST_TOKEN = 64 * 1024;

/** Characters that a field of an answer may have at most, each far more than any provider's. */
const BOUNDS: Readonly<Record<string, number>> = {
  access_token: LONGEST_TOKEN,
  refresh_token: LONGEST_TOKEN,
  device_code: LONGEST_TOKEN,
  registration_access_token: LONGEST_TOKEN,
  scope: LONGEST_TOKEN,
  client_secret: 16 * 1024,
  client_id: 4 * 1024,
  registration_client_uri: 8 * 1024,
};
/** Redirect URIs of a registration: how many, and characters of each. */
const MOST_URIS = 50;
const LONGEST_URI = 8 * 1024;

/**
 * Throws `code`, naming the field, where an answer of an authorization server has one that is longer than any
 * honest one: it would be kept, sealed, and sent or shown with every request.
 */
export function requireBounded(body: JsonObject, code: FaultCode): void {
  for (const [name, limit] of Object.entries(BOUNDS)) {
    const value = body[name];
    if (typeof value === 'string' && value.length > limit) throw tooLong(name, value.length, limit, code);
  }
  const uris = asStrings(body.redirect_uris) ?? [];
  const longest = Math.max(0, ...uris.slice(0, MOST_URIS).map(({ length }) => length));
  if (uris.length > MOST_URIS || longest > LONGEST_URI)
    throw new Fault(
      code,
      `The authorization server's answer has ${uris.length} redirect_uris, the longest of ${longest} characters; that is no registration.`,
      { remedy: 'Report it to its operator; nothing of it was kept.' },
    );
}

/** Throws `sign-in.failed`, naming what makes it so, for a link that no browser opens. */
export function requireOpenable(url: URL): void {
  const { length } = url.href;
  if (length <= LONGEST_LINK) return;
  const [name = '', value = ''] = [...url.searchParams].sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
  throw new Fault(
    'sign-in.failed',
    `The sign-in's link would have ${length} characters, and browsers open ${LONGEST_LINK} at most; most of it is ${name.slice(0, 60)} (${value.length}).`,
    { remedy: 'Give a shorter one, or report it to the operator of the authorization server.' },
  );
}

function tooLong(name: string, length: number, limit: number, code: FaultCode): Fault {
  return new Fault(
    code,
    `The authorization server's ${name} has ${length} characters; more than ${limit} are not taken.`,
    { remedy: 'Report it to its operator; nothing of the answer was kept.' },
  );
}
