import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { redirectUris, type Trial, trialsOf } from '../../trials.ts';

const host = (trial: Trial): string | undefined => {
  const uris = redirectUris(trial);
  return uris.length === 1 ? URL.parse(uris[0] ?? '')?.hostname : undefined;
};

export const check: Check = {
  code: 'AZ-12',
  name: 'localhost-vs-127',
  severity: 'broken',
  references: [
    rfc(8252, '7.3'),
    thread('anthropics/claude-code', 86233),
    thread('apify/mcpc', 269),
    thread('nicobailon/pi-mcp-adapter', 60),
  ],
  *find(view) {
    const trials = trialsOf(view);
    for (const issuer of view.issuers) {
      const own = trials.filter(each => each.issuer === issuer);
      const taken = own.find(each => each.isTaken && /^(?:localhost|127\.0\.0\.1)$/.test(host(each) ?? ''));
      const other = host(taken ?? ({ asked: {} } as Trial)) === 'localhost' ? '127.0.0.1' : 'localhost';
      const refused = own.find(each => each.isRefused && host(each) === other);
      if (!taken || !refused) continue;
      yield {
        title: `${issuer} takes ${redirectUris(taken)[0]} and refuses ${redirectUris(refused)[0]}`,
        detail:
          'Both are this machine. Which of the two a client uses is its own affair: RFC 8252 prefers the address, many clients say localhost. Those of the other kind cannot sign in.',
        remedy: `Accept both, with any port. On the client: --host ${host(taken)}.`,
        evidence: [taken.answer.id, refused.answer.id],
      };
    }
  },
};
