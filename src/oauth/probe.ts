import { deadline, discard, type Inquiry, learnAddress } from './retrieve.ts';

/** JSON-RPC that changes nothing at the server, signed in or not. */
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

/** The WWW-Authenticate fields of the server's answer to a ping without a token. Throws only the user's abort. */
export async function probe(inquiry: Inquiry): Promise<string[]> {
  const limit = deadline(inquiry.timeout, inquiry.sleep, `No answer within ${inquiry.timeout} ms.`);
  try {
    const fetched = await inquiry.span.fetch('probe', {
      method: 'POST',
      url: inquiry.server.url.href,
      headers: [
        ['content-type', 'application/json'],
        ['accept', 'application/json, text/event-stream'],
        ...inquiry.headers,
      ],
      secretHeaders: inquiry.headers.map(([name]) => name),
      body: new TextEncoder().encode(PING),
      headTimeout: inquiry.timeout,
      network: inquiry.network,
      signal: AbortSignal.any([limit.signal, inquiry.over, ...(inquiry.signal ? [inquiry.signal] : [])]),
    });
    discard(fetched.response);
    learnAddress(inquiry, fetched.connection);
    const { status } = fetched.response;
    if (status !== 401) inquiry.span.note(`Asked without a token, the server answers ${status} and not 401.`);
    return fetched.headers
      .filter(([name]) => name.toLowerCase() === 'www-authenticate')
      .map(([, value]) => value);
  } catch (thrown) {
    inquiry.signal?.throwIfAborted();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    inquiry.span.note(`The server could not be asked for its challenge: ${reason}`);
    return [];
  } finally {
    limit.end();
  }
}
