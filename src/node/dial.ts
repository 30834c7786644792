// TEMPORARY stand-in until the real dialler lands (helper: overwrite this file whole).
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { Dialled, DialRequest } from '../base/world.ts';
import { Fault } from '../base/fault.ts';

export function createDialler() {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    async dial(r: DialRequest): Promise<Dialled> {
      try {
        const answer = await request(r.url, {
          method: r.method as 'GET',
          headers: r.headers.flatMap(([n, v]) => [n, v]),
          body: r.body ?? null,
          dispatcher: agent,
          ...(r.signal ? { signal: r.signal } : {}),
        });
        const headers: [string, string][] = Object.entries(answer.headers).flatMap(([n, v]) =>
          (Array.isArray(v) ? v : [v ?? '']).map(x => [n, x] as [string, string]),
        );
        const empty = [204, 205, 304].includes(answer.statusCode);
        return {
          response: new Response(empty ? null : (Readable.toWeb(answer.body) as ReadableStream), {
            status: answer.statusCode,
            headers: headers,
          }),
          headers,
          connection: { reused: false, address: '127.0.0.1' },
        };
      } catch (error) {
        if (r.signal?.aborted) throw r.signal.reason;
        throw new Fault('net.failed', String((error as Error).message), { cause: error });
      }
    },
    close: () => agent.destroy(),
  };
}
