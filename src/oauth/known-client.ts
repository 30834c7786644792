import type { World } from '../base/world.ts';
import type { Reach } from './repair.ts';
import { deadline, discard } from './retrieve.ts';

/** Milliseconds to wait for the page; a server that is slow is believed to know its client. */
const PATIENCE = 5_000;
/** Statuses with which a server shows a page of its own to the client of a registration it has lost. */
const REFUSED = [400, 401, 403, 404];

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
    discard(response);
    // A guard against robots has not even asked the server behind it.
    const guarded = headers.some(([name]) => name.toLowerCase() === 'cf-mitigated');
    return guarded || !REFUSED.includes(response.status);
  } catch {
    signal?.throwIfAborted();
    return true;
  } finally {
    limit.end();
  }
}
