import type { Check } from '../../check.ts';
import { published } from '../../doors.ts';
import { thread } from '../../references.ts';

const ALLOW = 'access-control-allow-origin';

export const check: Check = {
  code: 'TOK-20',
  name: 'token-cors',
  severity: 'fragile',
  references: [
    { title: 'Fetch, CORS protocol', url: 'https://fetch.spec.whatwg.org/#http-cors-protocol' },
    thread('modelcontextprotocol/inspector', 784),
  ],
  *find(view) {
    // Where pages of other origins cannot even reach the server, nobody gets as far as this.
    const opens = view.answers('preflight', 'post-origin').some(each => each.field(ALLOW) !== undefined);
    if (!opens) return;
    for (const { issuer } of published(view)) {
      const preflight = view.answer('token-preflight', issuer);
      if (!preflight?.status || preflight.status === 429 || preflight.field(ALLOW) !== undefined) continue;
      yield {
        title: `Clients that run in a browser get as far as ${preflight.probe.url} and no further (no CORS).`,
        detail: `The server allows other origins and the token endpoint does not: OPTIONS is answered ${preflight.status} without ${ALLOW}. Only tools in a browser are concerned.`,
        remedy:
          'Answer OPTIONS of the token endpoint, and allow other origins there: it wants a code and its verifier, no cookie.',
        evidence: [preflight.id],
        // An authorization server of its own may have no browser clients at all.
        ...(new URL(preflight.probe.url).origin === view.target.origin ? {} : { severity: 'note' as const }),
      };
    }
  },
};
