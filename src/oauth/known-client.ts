import { asString, isObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import type { Reach } from './repair.ts';
import { deadline, discard, readBounded } from './retrieve.ts';

/** Milliseconds to wait for the page; a server that is slow is believed to know its client. */
const PATIENCE = 5_000;
/** Statuses with which a server shows a page of its own to the client of a registration it has lost. */
const REFUSED = [400, 401, 403, 404];
/** How some say it with another status, in JSON or in a redirect to a page of theirs. RFC 6749 §4.1.2.1. */
const LOST = ['invalid_client', 'unauthorized_client'];
/** How a page says it in its headings; the rest of a page may be a program that knows every error there is. */
const SAID =
  /\b(invalid|unknown|unrecogni[sz]ed)[ _]client\b|\bclient\b[^.]{0,30}\b(not found|unknown|not registered|does not exist)\b/i;
const LARGEST_PAGE = 256 * 1024;

/**
 * Whether a client registered some time ago is still known: asks for the page that a browser would be sent
 * to. An authorization server does not send an unknown client back to us (RFC 6749 §4.1.2.1), so nobody
 * would ever hear of that page but the user. In doubt the client is known. Throws only the reason of
 * `signal`.
 */
export async function isClientKnown(url: URL, reach: Reach, sleep: World['sleep']): Promise<boolean> {
  const { span, network, signal } = reach;
  const limit = deadline(PATIENCE, sleep, 'The authorization page took too long.');
  try {
    const { response, headers } = await span.fetch('probe', {
      method: 'GET',
      url: url.href,
      headers: [['accept', 'text/html']],
      network,
      reach: reach.reach,
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
    });
    // A guard against robots has not even asked the server behind it.
    const guarded = headers.some(([name]) => name.toLowerCase() === 'cf-mitigated');
    if (guarded || response.status !== 200) discard(response);
    if (guarded) return true;
    if (REFUSED.includes(response.status)) return false;
    const location = URL.parse(response.headers.get('location') ?? '', url);
    if (LOST.includes(location?.searchParams.get('error') ?? '')) return false;
    if (response.status !== 200) return true;
    return !saysLost(new TextDecoder().decode(await readBounded(response, LARGEST_PAGE, limit.signal)));
  } catch {
    signal?.throwIfAborted();
    return true;
  } finally {
    limit.end();
  }
}

function saysLost(page: string): boolean {
  const json = parseJson(page);
  if (isObject(json)) return LOST.includes(asString(json.error) ?? '');
  return [...page.matchAll(/<(title|h[12])\b[^<>]{0,200}>([^<]{0,300})</gi)].some(([, , said = '']) =>
    SAID.test(said),
  );
}
